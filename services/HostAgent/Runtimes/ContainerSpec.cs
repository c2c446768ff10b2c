using System.Collections.ObjectModel;
using System.Globalization;
using Orchestrator.HostAgent.Images;

namespace Orchestrator.HostAgent.Runtimes;

/// <summary>What to run and within which limits.</summary>
internal sealed record ContainerSpec
{
    public required string ContainerId { get; init; }

    public required UnpackedImage Image { get; init; }

    /// <summary>Empty: what the image says.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Over the image's own.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Above all of those. Nobody but the program may see them: not who asks the runtime, not who lists processes.</summary>
    public IReadOnlyDictionary<string, string> SecretVariables { get; init; } =
        ReadOnlyDictionary<string, string>.Empty;

    public required string LogPath { get; init; }

    public required int CpuMillicores { get; init; }

    /// <summary>0: no limit.</summary>
    public required int CpuLimitMillicores { get; init; }

    /// <summary>0: no limit.</summary>
    public required int MemoryLimitMebibytes { get; init; }

    /// <summary>What it is asked to end with, if the assignment says; null: the image's own signal, else SIGTERM.</summary>
    public int? StopSignal { get; init; }

    /// <summary>What each of its processes may have, each name at most once.</summary>
    public IReadOnlyList<ProcessLimit> Limits { get; init; } = [];

    /// <summary>An init of the host is its first process.</summary>
    public bool HasInit { get; init; }

    /// <summary>Each target at most once.</summary>
    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>What it answers on, the same inside and outside; 0: it answers no requests.</summary>
    public int Port { get; init; }
}

/// <summary>How one is ended.</summary>
internal sealed record ContainerStop(int Signal, TimeSpan Grace);

/// <summary>Named as <c>prlimit</c> does; sizes in bytes.</summary>
internal sealed record ProcessLimit(string Name, long Soft, long Hard)
{
    public const long Unlimited = -1;
}

internal abstract record ContainerStatus
{
    private ContainerStatus() { }

    internal sealed record Running : ContainerStatus;

    internal sealed record Ended(ContainerExit Exit) : ContainerStatus;

    /// <summary>It does not exist, or never came to run.</summary>
    internal sealed record Absent : ContainerStatus;
}

/// <param name="Code">128 and the signal for one that was killed; null when nobody saw how it ended.</param>
internal sealed record ContainerExit(int? Code, bool IsOutOfMemory)
{
    private const int FirstSignal = 128;
    private const int LastSignal = FirstSignal + 64;

    public static readonly ContainerExit Unseen = new(Code: null, IsOutOfMemory: false);

    /// <summary>For people.</summary>
    public string Reason =>
        (IsOutOfMemory, Code) switch
        {
            (true, _) => "ran out of memory",
            (_, null) => "ended unseen",
            (_, FirstSignal + Platform.Libc.SignalKill) => "killed by SIGKILL",
            (_, FirstSignal + Platform.Libc.SignalTerminate) => "ended by SIGTERM",
            (_, > FirstSignal and <= LastSignal and var code) => string.Create(
                CultureInfo.InvariantCulture,
                $"killed by signal {code - FirstSignal}"
            ),
            (_, var code) => string.Create(CultureInfo.InvariantCulture, $"exited with {code}"),
        };
}
