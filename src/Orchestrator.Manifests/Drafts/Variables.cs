using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

/// <summary>Environment variables that a manifest may set.</summary>
internal static class Variables
{
    /// <summary>Linux takes 128 KiB per variable; a value is meant to be a setting, not a file.</summary>
    private const int MaxValueBytes = 32 * 1024;

    public static ImmutableSortedDictionary<string, string> Read(Fields variables)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var entry in variables.Entries)
        {
            if (RefusalOf(entry) is { } complaint)
            {
                variables.Blame(entry, complaint);
            }
            else if (Fields.TextOf(entry.Value) is { } value)
            {
                read[entry.Key] = value;
            }
        }

        return read.ToImmutable();
    }

    /// <summary>Of a variable whose value comes from elsewhere.</summary>
    public static string? ReadName(string text, Complain complain)
    {
        if (IsReserved(text))
        {
            complain(Reserved(text));
            return null;
        }

        return text;
    }

    private static bool IsReserved(string name) => name is "PORT" || name.StartsWith("ORC_", StringComparison.Ordinal);

    private static Complaint Reserved(string name) =>
        new(
            ManifestErrorCodes.ReservedVariable,
            $"The host sets {Shown.Quoted(name)} for every instance.",
            "Choose another name; PORT and names that begin with ORC_ are taken."
        );

    private static Complaint? RefusalOf(MapEntry entry)
    {
        if (IsReserved(entry.Key))
        {
            return Reserved(entry.Key);
        }

        return Fields.TextOf(entry.Value) is { } value && Encoding.UTF8.GetByteCount(value) > MaxValueBytes
            ? new Complaint(
                ManifestErrorCodes.TooLong,
                string.Create(CultureInfo.InvariantCulture, $"A variable has at most {MaxValueBytes} bytes."),
                "Put large texts into the image."
            )
            : null;
    }
}
