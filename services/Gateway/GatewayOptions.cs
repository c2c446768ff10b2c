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

    /// <summary>A service is also asked for by host, as <c>{service}.{stage}.{domain}</c>.</summary>
    [Required]
    [RegularExpression(@"^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?$")]
    public string Domain { get; set; } = "localhost";

    /// <summary>Where the last route table is kept, to serve from after a restart.</summary>
    [Required]
    public string DataDirectory { get; set; } = "gateway";

    /// <summary>Between two heartbeats while nothing changes, and between two batches of samples.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:01")]
    public TimeSpan TelemetryInterval { get; set; } = TimeSpan.FromMilliseconds(500);
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
