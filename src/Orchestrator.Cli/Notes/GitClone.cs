using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Cli.Notes;

/// <summary>Asks <c>git</c> about a local clone. Reads only.</summary>
internal sealed class GitClone(string directory)
{
    /// <summary>More do not fit on anybody's screen.</summary>
    public const int MaxCommits = 200;

    private const int MaxTextLength = 200;

    /// <summary>A log of some hundred commits takes a fraction of a second, even in a large clone.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public async Task<bool> HasAsync(string commit, CancellationToken cancellationToken)
    {
        var (code, _) = await RunAsync(["cat-file", "-e", $"{commit}^{{commit}}"], cancellationToken);
        return code == 0;
    }

    /// <summary>After <paramref name="from"/>, empty for the first one, up to <paramref name="to"/>; one more than the most, if there are.</summary>
    public async Task<IReadOnlyList<LoggedCommit>> LogAsync(string from, string to, CancellationToken cancellationToken)
    {
        var most = (MaxCommits + 1).ToString(CultureInfo.InvariantCulture);
        var (code, output) = await RunAsync(
            ["log", "--format=%H%x09%an%x09%s", $"--max-count={most}", from.Length > 0 ? $"{from}..{to}" : to, "--"],
            cancellationToken
        );
        return code == 0
            ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)]
            : throw new CommandFailedException(
                ExitCode.Failed,
                $"git cannot list the commits of {directory}.",
                $"See for yourself: git -C {directory} log {to}"
            );
    }

    private static LoggedCommit Parse(string line) =>
        line.Split('\t', 3) is [var commit, var author, var subject]
            ? new LoggedCommit(commit, Shortened(author), Shortened(subject))
            : new LoggedCommit("", "", Shortened(line));

    private static string Shortened(string text) => text.Length > MaxTextLength ? $"{text[..MaxTextLength]}…" : text;

    private async Task<(int Code, string Output)> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Program())
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] all = ["-C", directory, "--no-pager", .. arguments];
        foreach (var argument in all)
        {
            start.ArgumentList.Add(argument);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(Longest);
        using var process = Start(start);
        try
        {
            var error = process.StandardError.ReadToEndAsync(ending.Token);
            var output = await process.StandardOutput.ReadToEndAsync(ending.Token);
            await error;
            await process.WaitForExitAsync(ending.Token);
            return (process.ExitCode, output);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new CommandFailedException(
                ExitCode.TimedOut,
                string.Create(CultureInfo.InvariantCulture, $"git took longer than {Longest.TotalSeconds} s."),
                "Leave --git out: the notes have the range of commits."
            );
        }
    }

    /// <summary>The first on the path; never one of the directory that somebody happens to be in.</summary>
    private static string Program() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "git.exe" : "git"))
            .FirstOrDefault(File.Exists)
        ?? throw NoGit();

    private static CommandFailedException NoGit() =>
        new(
            ExitCode.Failed,
            "There is no git on this machine.",
            "Install it, or leave --git out: the notes have the range of commits."
        );

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new UnreachableException("A process that is no shell's is new.");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw NoGit();
        }
    }
}
