using System.Text.Json.Serialization;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>What a container is made from, as Garden's API has it.</summary>
internal sealed record GardenContainer
{
    [JsonPropertyName("handle")]
    public required string Handle { get; init; }

    [JsonPropertyName("rootfs")]
    public required string Rootfs { get; init; }

    /// <summary>Nanoseconds without a client after which Garden takes a container away; 0: never.</summary>
    [JsonPropertyName("grace_time")]
    public required long GraceTime { get; init; }

    [JsonPropertyName("properties")]
    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    /// <summary>NAME=value; for every process of the container.</summary>
    [JsonPropertyName("env")]
    public required IReadOnlyList<string> Environment { get; init; }

    [JsonPropertyName("privileged")]
    public required bool IsPrivileged { get; init; }

    [JsonPropertyName("limits")]
    public required GardenLimits Limits { get; init; }

    [JsonPropertyName("bind_mounts")]
    public required IReadOnlyList<GardenMount> Mounts { get; init; }
}

/// <param name="Mode">0: read-only; 1: it may be written to.</param>
/// <param name="Origin">0: the source is the machine's.</param>
internal sealed record GardenMount(
    [property: JsonPropertyName("src_path")] string Source,
    [property: JsonPropertyName("dst_path")] string Target,
    [property: JsonPropertyName("mode")] int Mode,
    [property: JsonPropertyName("origin")] int Origin
);

internal sealed record GardenLimits(
    [property: JsonPropertyName("memory_limits")] GardenMemoryLimits? Memory,
    [property: JsonPropertyName("cpu_limits")] GardenCpuLimits Cpu,
    [property: JsonPropertyName("pid_limits")] GardenProcessLimits Processes
);

internal sealed record GardenMemoryLimits([property: JsonPropertyName("limit_in_bytes")] long Bytes);

internal sealed record GardenCpuLimits([property: JsonPropertyName("limit_in_shares")] long Shares);

internal sealed record GardenProcessLimits([property: JsonPropertyName("max")] long Max);

/// <summary>A program to run in a container, as Garden's API has it.</summary>
internal sealed record GardenProgram
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("path")]
    public required string Path { get; init; }

    [JsonPropertyName("args")]
    public required IReadOnlyList<string> Arguments { get; init; }

    [JsonPropertyName("dir")]
    public required string Directory { get; init; }

    [JsonPropertyName("user")]
    public required string User { get; init; }

    [JsonPropertyName("env")]
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>By name, each soft and hard at once; the largest number is unlimited.</summary>
    [JsonPropertyName("rlimits")]
    public IReadOnlyDictionary<string, ulong>? Limits { get; init; }
}

internal sealed record GardenStop([property: JsonPropertyName("kill")] bool IsKill);

internal sealed record GardenPortMapping(
    [property: JsonPropertyName("host_port")] int HostPort,
    [property: JsonPropertyName("container_port")] int ContainerPort
);

internal sealed record GardenHandles([property: JsonPropertyName("Handles")] IReadOnlyList<string>? Handles);

internal sealed record GardenCapacity(
    [property: JsonPropertyName("memory_in_bytes")] long MemoryBytes,
    [property: JsonPropertyName("disk_in_bytes")] long DiskBytes,
    [property: JsonPropertyName("max_containers")] long MaxContainers
);

/// <summary>The part of a container's state that we use. Nothing in it tells which of its processes run.</summary>
internal sealed record GardenInfo(
    [property: JsonPropertyName("State")] string? State,
    [property: JsonPropertyName("Events")] IReadOnlyList<string>? Events,
    [property: JsonPropertyName("Properties")] IReadOnlyDictionary<string, string>? Properties
)
{
    public bool IsStopped => string.Equals(State, "stopped", StringComparison.Ordinal);

    public bool IsOutOfMemory =>
        Events?.Any(one => one.Contains("out of memory", StringComparison.OrdinalIgnoreCase)) ?? false;
}

/// <summary>One of many that were asked for at once: its state, or why there is none.</summary>
internal sealed record GardenInfoEntry(
    [property: JsonPropertyName("Info")] GardenInfo? Info,
    [property: JsonPropertyName("Err")] GardenError? Error
);

internal sealed record GardenMetrics(
    [property: JsonPropertyName("MemoryStat")] GardenMemoryStat? Memory,
    [property: JsonPropertyName("CPUStat")] GardenCpuStat? Cpu,
    [property: JsonPropertyName("PidStat")] GardenProcessStat? Processes
);

internal sealed record GardenMemoryStat([property: JsonPropertyName("TotalUsageTowardLimit")] ulong UsedBytes);

internal sealed record GardenCpuStat([property: JsonPropertyName("Usage")] ulong UsedNanoseconds);

internal sealed record GardenProcessStat([property: JsonPropertyName("Current")] ulong Current);

/// <summary>Why Garden did not do something. Many errors have a message and no type.</summary>
internal sealed record GardenError(
    [property: JsonPropertyName("Type")] string? Type,
    [property: JsonPropertyName("Message")] string? Message
);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GardenContainer))]
[JsonSerializable(typeof(GardenProgram))]
[JsonSerializable(typeof(GardenStop))]
[JsonSerializable(typeof(GardenPortMapping))]
[JsonSerializable(typeof(GardenHandles))]
[JsonSerializable(typeof(GardenCapacity))]
[JsonSerializable(typeof(GardenInfo))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, GardenInfoEntry>))]
[JsonSerializable(typeof(GardenMetrics))]
[JsonSerializable(typeof(GardenError))]
internal sealed partial class GardenJson : JsonSerializerContext;
