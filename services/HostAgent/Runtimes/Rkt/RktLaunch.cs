using System.Diagnostics;
using System.Globalization;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// Starts a prepared pod under a supervisor: a shell in a session of its own, which outlives the agent, waits for rkt,
/// and writes down how it ended. Rkt stays in the foreground, and fly becomes the program: same process.
/// </summary>
internal static class RktLaunch
{
    /// <summary>
    /// Arguments: the container's directory, its log, how many files it may open or 0, the directories of control groups,
    /// --, the command. The shell's own /proc/PID/stat and the boot's id are its claim, which is made only if nobody else
    /// made it (-C), so that a launch which a dead agent left behind starts nothing. All output goes through one pipe:
    /// rkt's remark about a missing group comes first and is dropped; the rest is copied byte for byte, as the agent
    /// reads plain logs. Rkt is not put into the background, where a shell makes programs deaf to SIGINT.
    /// </summary>
    private const string Script = """
        set -C
        exec </dev/null >|"$1/launch.log" 2>&1 || exit 1
        directory=$1 log=$2 files=$3
        shift 3
        : >>"$log" || exit 1
        mkfifo "$directory/output" || exit 1
        read -r stat </proc/$$/stat || exit 1
        read -r boot </proc/sys/kernel/random/boot_id || boot=
        printf '%s\n%s\n' "$stat" "$boot" >"$directory/claim" || exit 1
        (
          dd bs=65536 count=1 2>/dev/null | sed '/^run-prepared: group "rkt" not found/d'
          exec cat
        ) <"$directory/output" >>"$log" &
        (
          while [ "$1" != -- ]; do
            echo 0 >|"$1/cgroup.procs" || exit 254
            shift
          done
          shift
          if [ "$files" != 0 ]; then ulimit -n "$files" || exit 254; fi
          exec "$@"
        ) >|"$directory/output" 2>&1
        code=$?
        printf '%s\n' "$code" >|"$directory/exit.tmp" && mv "$directory/exit.tmp" "$directory/exit"
        """;

    /// <summary>A shell needs a few milliseconds to its claim, and rkt a second or two to the program.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>A second; a program that ends with rkt's code and says nothing is not waited for longer.</summary>
    private const int MostReasonPolls = 100;

    /// <summary>Rkt's own; a program may have it too.</summary>
    private const int RktFailed = 254;

    /// <summary>What rkt says last is a line or two.</summary>
    private const int MaxReasonBytes = 4096;

    private static readonly string[] RktPrefixes = ["run-prepared: ", "run: ", "stage1: ", "launch: "];

    public static async Task StartAsync(
        RktCommands rkt,
        RktSettings settings,
        RktLaunchContext context,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(
            context.Setsid,
            [
                "--fork",
                "/bin/sh",
                "-c",
                Script,
                "launch",
                context.Container.Files.Directory,
                context.LogPath,
                settings.OpenFiles.ToString(CultureInfo.InvariantCulture),
                .. context.Container.Cgroup.Directories,
                "--",
                .. context.Limits,
                rkt.Program,
                .. rkt.GlobalArguments,
                "run-prepared",
                $"--net={settings.Network}",
                context.Pod,
            ]
        );
        start.Environment[RktCommands.MarkVariable] = context.Container.Mark;
        if (await Tool.LaunchAsync(start, cancellationToken) != 0)
        {
            throw new RuntimeFailedException("Its supervisor could not be started.");
        }

        await WaitRunningAsync(rkt, context, cancellationToken);
    }

    private static async Task WaitRunningAsync(
        RktCommands rkt,
        RktLaunchContext context,
        CancellationToken cancellationToken
    )
    {
        var started = Stopwatch.GetTimestamp();
        while (!await IsUnderWayAsync(rkt, context, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(started) > Deadline)
            {
                throw new RuntimeFailedException($"rkt did not run it within {Deadline}.");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }

        await ThrowIfRktFailedAsync(context, cancellationToken);
    }

    /// <summary>What rkt said goes through a pipe, and may come into the log after its code.</summary>
    private static async Task ThrowIfRktFailedAsync(RktLaunchContext context, CancellationToken cancellationToken)
    {
        for (var left = MostReasonPolls; left > 0; left--)
        {
            if (context.Container.Files.ReadExitCode() is not RktFailed)
            {
                return;
            }

            if (ReadReason(context.LogPath) is { } reason)
            {
                throw new RuntimeFailedException($"rkt run-prepared failed ({RktFailed}): {reason}");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>Whether it runs, or has even ended already.</summary>
    private static async Task<bool> IsUnderWayAsync(
        RktCommands rkt,
        RktLaunchContext context,
        CancellationToken cancellationToken
    )
    {
        var supervisor = context.Container.Files.ReadSupervisor();
        var isAlive = supervisor is { IsAlive: true };
        if (context.Container.Files.ReadExitCode() is not null)
        {
            return true;
        }

        if (!context.Container.Files.Exists)
        {
            throw new RuntimeFailedException("It was taken away while it was started.");
        }

        var complaint = context.Container.Files.ReadLaunchLog();
        if (supervisor is null)
        {
            // It complains only of what ends it.
            return complaint.Length > 0
                ? throw new RuntimeFailedException($"Its supervisor could not begin: {complaint}")
                : false;
        }

        if (!isAlive)
        {
            throw new RuntimeFailedException($"Its supervisor has ended, and says '{complaint}'.");
        }

        // Rkt's own wait for readiness is of no use: it timed out in every stage1 that was tried.
        var status = await rkt.TryAsync(["status", "--format=json", context.Pod], cancellationToken);
        return status.HasSucceeded
            && RktPod.Parse(status.Output) is { IsRunning: true, HasStarted: true }
            && context.HasEntered();
    }

    /// <summary>Null if the last line of the log is neither rkt's nor the supervisor's.</summary>
    private static string? ReadReason(string logPath)
    {
        if (!File.Exists(logPath))
        {
            return null;
        }

        using var log = new FileStream(logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        log.Position = Math.Max(0, log.Length - MaxReasonBytes);
        using var reader = new StreamReader(log);
        var last = reader
            .ReadToEnd()
            .Split('\n', StringSplitOptions.TrimEntries)
            .LastOrDefault(line => line.Length > 0);
        return
            last is not null && Array.Exists(RktPrefixes, prefix => last.StartsWith(prefix, StringComparison.Ordinal))
            ? last
            : null;
    }
}

internal sealed record RktLaunchContext
{
    public required RktContainer Container { get; init; }

    public required string LogPath { get; init; }

    public required string Pod { get; init; }

    public required string Setsid { get; init; }

    /// <summary>What sets the limits of the program and then runs it; empty if there are none.</summary>
    public required IReadOnlyList<string> Limits { get; init; }

    /// <summary>Whether the program is where it belongs; true where that cannot be told.</summary>
    public required Func<bool> HasEntered { get; init; }
}
