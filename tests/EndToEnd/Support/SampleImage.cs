using System.Diagnostics;
using System.Security.Cryptography;

namespace Orchestrator.EndToEnd.Support;

/// <summary>
/// The sample program as an image, packed by the repository's own script; anew only when something that goes into it has
/// changed.
/// </summary>
/// <param name="Directory">Holds the OCI image layout.</param>
/// <param name="Reference">By digest.</param>
internal sealed record SampleImage(string Directory, string Reference)
{
    private const string ReferenceFile = "reference";

    /// <summary>Half a minute of compiling on two idle cores.</summary>
    private static readonly TimeSpan PackWithin = TimeSpan.FromMinutes(4);

    /// <summary>What goes into the image, from the repository's root.</summary>
    private static readonly (string Directory, string Pattern)[] Sources =
    [
        ("services/Samples", "*.cs"),
        ("services/Samples/Load", "*.cs"),
        ("services/Samples", "*.csproj"),
        ("services/Samples", "pack.sh"),
        ("src/Orchestrator.Cli/Images", "*.cs"),
        (".", "Directory.*.props"),
    ];

    public static async Task<SampleImage> PackAsync(CancellationToken cancellationToken)
    {
        var packed = Path.Combine(Programs.Repository, "artifacts", "tests", "images", Stamp());
        var reference = Path.Combine(packed, ReferenceFile);
        if (!File.Exists(reference))
        {
            // Moved into its place when it is whole, so that a run that was interrupted leaves nothing to be believed.
            var partial = $"{packed}.{Environment.ProcessId}";
            var name = await RunScriptAsync(Path.Combine(partial, "sample"), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(partial, ReferenceFile), name, cancellationToken);
            System.IO.Directory.Move(partial, packed);
        }

        return new SampleImage(packed, (await File.ReadAllTextAsync(reference, cancellationToken)).Trim());
    }

    private static string Stamp()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (directory, pattern) in Sources)
        {
            var files = System.IO.Directory.EnumerateFiles(Path.Combine(Programs.Repository, directory), pattern);
            foreach (var file in files.Order(StringComparer.Ordinal))
            {
                hash.AppendData(File.ReadAllBytes(file));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task<string> RunScriptAsync(string layout, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(PackWithin);
        var start = new ProcessStartInfo(Path.Combine(Programs.Repository, "services", "Samples", "pack.sh"), [layout])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ORC"] = Programs.Orc },
        };
        using var script = Process.Start(start) ?? throw new UnreachableException("pack.sh did not start.");
        var error = script.StandardError.ReadToEndAsync(late.Token);
        var output = await script.StandardOutput.ReadToEndAsync(late.Token);
        await script.WaitForExitAsync(late.Token);
        return script.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"pack.sh ended with {script.ExitCode}: {output}{await error}");
    }
}
