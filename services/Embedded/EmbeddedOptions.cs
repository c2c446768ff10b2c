namespace Orchestrator.Embedded;

/// <summary>What the whole fleet in one process is to be; checked by the command line before it gets here.</summary>
internal sealed record EmbeddedOptions
{
    /// <summary>Everything that is kept lives below it.</summary>
    public required string DataDirectory { get; init; }

    public required int Hosts { get; init; }

    public required string ListenUrl { get; init; }

    public required string GatewayUrl { get; init; }

    /// <summary>Where the gateway speaks HTTP/2 without TLS, as gRPC does; null for nowhere.</summary>
    public required string? GatewayHttp2Url { get; init; }

    /// <summary>Where the gateway has <c>/metrics</c> for Prometheus; null for nowhere.</summary>
    public required string? GatewayMetricsUrl { get; init; }

    /// <summary><c>oci</c>, <c>docker</c> or <c>process</c>.</summary>
    public required string Runtime { get; init; }

    /// <summary>Of the daemon, where the runtime is <c>docker</c>.</summary>
    public required string DockerSocket { get; init; }

    /// <summary>Directories that are OCI image layouts or hold some.</summary>
    public required IReadOnlyList<string> ImageSources { get; init; }

    /// <summary>CPU that the hosts have together, in millicores.</summary>
    public required int CpuMillicores { get; init; }

    /// <summary>Memory that the hosts have together.</summary>
    public required int MemoryMebibytes { get; init; }

    /// <summary>Empty for none.</summary>
    public required string PrometheusUrl { get; init; }

    /// <summary>URLs by name, of those that may be asked whether rollouts go on.</summary>
    public required IReadOnlyDictionary<string, string> Webhooks { get; init; }

    /// <summary>Whether instances run on after a stop, to be taken over by the next start.</summary>
    public required bool KeepsInstances { get; init; }

    public required bool IsVerbose { get; init; }
}
