using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Gateway;

public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    [Required]
    [RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string GatewayId { get; set; } = "gateway";

    [Required]
    [RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Cell { get; set; } = "default";

    /// <summary>Where to listen. Anybody who reaches it reaches every service, so it is loopback unless said otherwise.</summary>
    [Required]
    [Url]
    public string Url { get; set; } = "http://127.0.0.1:7480";

    /// <summary>Where to speak HTTP/2 without TLS and from the first byte on, as gRPC does; null: nowhere.</summary>
    [Url]
    public string? Http2Url { get; set; }

    /// <summary>Where <c>/metrics</c> is, for Prometheus; another address than those for callers, and null: nowhere.</summary>
    [Url]
    public string? MetricsUrl { get; set; }

    /// <summary>A service is also asked for by host, as <c>{service}.{stage}.{domain}</c>.</summary>
    [Required]
    [RegularExpression(@"^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?$")]
    public string Domain { get; set; } = "localhost";

    /// <summary>Where the last route table is kept, to serve from after a restart.</summary>
    [Required]
    public string DataDirectory { get; set; } = "gateway";

    /// <summary>Of one request where its route says nothing else. Streams of gRPC and upgraded connections have no such bound.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBodyBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>Of one request: names and values of all its headers.</summary>
    [Range(1_024, 1_048_576)]
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>From the first byte of a request until its last header.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeaderDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a body may come, or an answer be taken, slower than 240 bytes a second.</summary>
    [Range(typeof(TimeSpan), "00:00:01.001", "00:05:00")]
    public TimeSpan SlowBodyGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Between two questions to an instance whether it is well, where its route has a path for that.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan HealthInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Between two heartbeats while nothing changes, and between two batches of samples.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:01")]
    public TimeSpan TelemetryInterval { get; set; } = TimeSpan.FromMilliseconds(500);
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
