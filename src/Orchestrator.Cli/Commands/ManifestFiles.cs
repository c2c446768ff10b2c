using Orchestrator.Cli.Rendering;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary>Reads what <c>-f</c> names: files, directories with all below them, and <c>-</c> for standard input.</summary>
internal static class ManifestFiles
{
    private const string StandardInput = "-";

    /// <summary>More is a mistyped directory rather than a fleet.</summary>
    private const int MaxFiles = 5_000;

    /// <summary>The API takes no larger request; it limits each file further, and says so with its place.</summary>
    private const long MaxTotalBytes = 24L * 1024 * 1024;

    private static readonly EnumerationOptions Recursive = new() { RecurseSubdirectories = true };

    public static async Task<IReadOnlyList<ManifestFile>> ReadAsync(
        IReadOnlyList<string> names,
        TextReader standardInput,
        CancellationToken cancellationToken
    )
    {
        var paths = names.SelectMany(PathsOf).Distinct(StringComparer.Ordinal).ToList();
        if (paths.Count > MaxFiles)
        {
            throw TooMuch($"{Format.Number(paths.Count)} files are more than {Format.Number(MaxFiles)}.");
        }

        var files = new List<ManifestFile>(paths.Count);
        var bytesLeft = MaxTotalBytes;
        foreach (var path in paths)
        {
            bytesLeft -= path == StandardInput ? 0 : new FileInfo(path).Length;
            if (bytesLeft < 0)
            {
                throw TooMuch($"Up to '{path}' the files hold more than {Format.Number(MaxTotalBytes >> 20)} MiB.");
            }

            files.Add(new ManifestFile(path, await ReadFileAsync(path, standardInput, cancellationToken)));
        }

        return files;
    }

    private static IEnumerable<string> PathsOf(string name)
    {
        if (name == StandardInput || File.Exists(name))
        {
            return [name];
        }

        if (!Directory.Exists(name))
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"'{name}' is neither a file nor a directory.",
                "-f takes files, directories (all *.yaml, *.yml and *.json below them), and - for standard input."
            );
        }

        var found = Directory
            .EnumerateFiles(name, "*", Recursive)
            .Where(path => Path.GetExtension(path) is ".yaml" or ".yml" or ".json")
            .Take(MaxFiles + 1)
            .Order(StringComparer.Ordinal)
            .ToList();
        return found.Count > 0
            ? found
            : throw new CommandFailedException(ExitCode.Usage, $"No *.yaml, *.yml or *.json is below '{name}'.", "");
    }

    private static async Task<string> ReadFileAsync(
        string path,
        TextReader standardInput,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return path == StandardInput
                ? await standardInput.ReadToEndAsync(cancellationToken)
                : await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Usage, $"'{path}' cannot be read: {exception.Message}", "");
        }
    }

    private static CommandFailedException TooMuch(string message) =>
        new(ExitCode.Refused, message, "Apply it in parts.");
}
