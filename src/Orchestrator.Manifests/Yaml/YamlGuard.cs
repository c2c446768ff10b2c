using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Orchestrator.Manifests.Yaml;

/// <summary>
/// Lets through only what a manifest can be, before anything is made of it: sizes first, then parse events under budgets.
/// </summary>
internal static class YamlGuard
{
    private const string SplitHint = "Split it into several files and apply them one after the other.";

    /// <summary>The documents that could be read; what stands before an error in a file is among them.</summary>
    public static ImmutableArray<ManifestDocument> Read(IReadOnlyList<ManifestText> files, ErrorList errors)
    {
        if (files.Count > ManifestLimits.MaxFiles)
        {
            AddWhole(errors, 0, "", TooMany(files.Count));
            return [];
        }

        var documents = ImmutableArray.CreateBuilder<ManifestDocument>();
        var budget = new YamlBudget();
        var bytes = 0L;
        for (var index = 0; index < files.Count; index++)
        {
            var file = files[index];
            // A file that is too large is not read, so it takes nothing from the others, whose own errors are then told too.
            if (RefusalOf(file.Text, bytes) is { } complaint)
            {
                AddWhole(errors, index, file.File, complaint);
                continue;
            }

            bytes += file.Text.Length; // At least as many bytes; enough to bound the sum.
            new YamlFileReader(file, index, budget, errors, documents).Read();
        }

        if (documents.Count == 0 && errors.Count == 0)
        {
            AddWhole(errors, 0, files.Count == 1 ? files[0].File : "", NothingThere);
        }

        return documents.ToImmutable();
    }

    private static Complaint? RefusalOf(string text, long before)
    {
        // A character has at least one byte: 10 MB are refused without a look at them.
        if (text.Length > ManifestLimits.MaxFileBytes || Encoding.UTF8.GetByteCount(text) > ManifestLimits.MaxFileBytes)
        {
            return new Complaint(
                ManifestErrorCodes.FileTooLarge,
                $"The file is larger than {Mebibytes(ManifestLimits.MaxFileBytes)}.",
                SplitHint
            );
        }

        return before + text.Length > ManifestLimits.MaxTotalBytes
            ? new Complaint(
                ManifestErrorCodes.FileTooLarge,
                $"With this file all files together are larger than {Mebibytes(ManifestLimits.MaxTotalBytes)}.",
                "Apply them in several runs."
            )
            : null;
    }

    private static void AddWhole(ErrorList errors, int fileIndex, string file, Complaint complaint) =>
        errors.Add(
            fileIndex,
            ManifestErrors.Nowhere,
            () => ManifestErrors.At(file, ManifestErrors.Nowhere, path: "", complaint)
        );

    private static Complaint TooMany(int count) =>
        new(
            ManifestErrorCodes.TooManyFiles,
            string.Create(CultureInfo.InvariantCulture, $"{count} files are more than {ManifestLimits.MaxFiles}."),
            "Apply them in several runs."
        );

    private static Complaint NothingThere =>
        new(
            ManifestErrorCodes.NoDocuments,
            "There is no manifest in what was given.",
            "A manifest begins with 'apiVersion: orchestrator/v1' and 'kind: Service', 'Version', 'Line', 'Pool', 'Team' or 'Window'."
        );

    private static string Mebibytes(int bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024 * 1024)} MiB");
}
