using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.EndToEnd.Support;

/// <summary>A program as a process of its own, whose output goes to a file: a pipe that nobody reads would stop it.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private const int TailLines = 25;
    private const int MaxLineLength = 400;

    /// <summary>Stopping hands over and ends what runs, which takes seconds on a busy machine.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private RunningProgram(string name, string log, Process process) => (Name, Log, _process) = (name, log, process);

    public string Name { get; }

    public string Log { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <param name="log">What earlier runs wrote to it stays.</param>
    public static RunningProgram Start(
        string name,
        string log,
        IReadOnlyDictionary<string, string> environment,
        params IReadOnlyList<string> command
    )
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            // The shell becomes the program: its process id is the program's.
            ArgumentList = { "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log },
            WorkingDirectory = Path.GetDirectoryName(log),
            // A program that is killed cannot take along the pipe and socket that it would leave for debuggers.
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        };
        foreach (var argument in command)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        return new RunningProgram(
            name,
            log,
            Process.Start(start) ?? throw new UnreachableException($"{name} did not start.")
        );
    }

    /// <summary>As a power cut does it: SIGKILL, to this process alone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>By SIGTERM. Returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var late = new CancellationTokenSource(StopWithin);
        using (var kill = Process.Start("/bin/kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(late.Token);
        }

        await _process.WaitForExitAsync(late.Token);
        return _process.ExitCode;
    }

    public string ReadLog() => File.Exists(Log) ? File.ReadAllText(Log) : "";

    /// <summary>For whoever has to find out what went wrong.</summary>
    public string Tail()
    {
        var lines = ReadLog().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var tail = lines.TakeLast(TailLines).Select(line => line.Length > MaxLineLength ? line[..MaxLineLength] : line);
        var state = HasExited ? $"ended with {_process.ExitCode}" : "runs";
        return $"--- {Name} ({state}), last lines of {lines.Length}:\n{string.Join('\n', tail)}\n";
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
