using System.Diagnostics;
using System.Text;

namespace Orchestrator.HostAgent.Platform;

/// <summary>Programs of the host that we call.</summary>
internal static class Tool
{
    /// <summary>No call takes seconds on a healthy machine; one that hangs must not hang its instance for ever.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>An error text is a line or two.</summary>
    private const int MaxOutputCharacters = 64 * 1024;

    /// <summary>Where an ordinary user's PATH does not lead, but system programs are.</summary>
    private static readonly string[] SystemDirectories = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>Null if the machine does not have it.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemDirectories)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a short-lived program and collects what it prints.</summary>
    public static Task<ToolResult> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        CancellationToken cancellationToken
    ) => RunAsync(program, arguments, Deadline, cancellationToken);

    /// <summary>As the other, for a program that may take longer.</summary>
    public static Task<ToolResult> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        TimeSpan within,
        CancellationToken cancellationToken
    ) =>
        RunAsync(
            new ProcessStartInfo(program, arguments),
            new ToolLimits(within, MaxOutputCharacters),
            cancellationToken
        );

    /// <summary>As the others, for a program with variables of its own or more to say.</summary>
    public static async Task<ToolResult> RunAsync(
        ProcessStartInfo start,
        ToolLimits limits,
        CancellationToken cancellationToken
    )
    {
        start.UseShellExecute = false;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Start(start);
        process.StandardInput.Close();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limits.Within);
        try
        {
            var output = ReadAsync(process.StandardOutput, limits.MaxOutputCharacters, deadline.Token);
            var errors = ReadAsync(process.StandardError, limits.MaxOutputCharacters, deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ToolResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Path.GetFileName(start.FileName)} did not end within {limits.Within}.", e);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Runs a program that hands its output to files of its own, and returns its exit code.</summary>
    public static async Task<int> LaunchAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        using var process = Start(start);
        await process.WaitForExitAsync(cancellationToken).WaitAsync(Deadline, cancellationToken);
        return process.ExitCode;
    }

    public static Process Start(ProcessStartInfo start) =>
        Process.Start(start) ?? throw new UnreachableException("Without a shell there is always a new process.");

    private static async Task<string> ReadAsync(
        StreamReader reader,
        int maxCharacters,
        CancellationToken cancellationToken
    )
    {
        var text = new StringBuilder();
        var piece = new char[4096];
        while (await reader.ReadAsync(piece, cancellationToken) is > 0 and var count)
        {
            // Beyond the bound it is dropped, but read: else the program would block on a full pipe.
            text.Append(piece, 0, Math.Min(count, maxCharacters - text.Length));
        }

        return text.ToString();
    }
}

/// <param name="MaxOutputCharacters">Of the output, and of the errors; what is beyond is dropped.</param>
internal sealed record ToolLimits(TimeSpan Within, int MaxOutputCharacters);

internal sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    public bool HasSucceeded => ExitCode == 0;
}
