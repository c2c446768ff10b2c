using System.ComponentModel.DataAnnotations;
using Orchestrator.Messaging;

namespace Orchestrator.ControlPlane.Enrolling;

/// <summary>What hosts that join are told, and how a replica makes users for them on the broker.</summary>
public sealed class EnrolmentOptions
{
    public const string Section = "Enrolment";

    /// <summary>Of RabbitMQ's management plugin, such as <c>http://127.0.0.1:15672</c>. Empty: no host can join.</summary>
    public string ManagementUrl { get; set; } = "";

    /// <summary>With the tag administrator: only such a user makes others.</summary>
    public string ManagementUser { get; set; } = "";

    public string ManagementPassword { get; set; } = "";

    /// <summary>The broker as hosts reach it; empty and 0 as the control plane itself does.</summary>
    public string BrokerHost { get; set; } = "";

    public int BrokerPort { get; set; }

    public string VirtualHost { get; set; } = "/";

    /// <summary>The gateway as hosts reach it; empty if there is none.</summary>
    public string GatewayUrl { get; set; } = "";

    /// <summary>Fills in what is not said from how the control plane itself reaches the broker.</summary>
    internal EnrolmentOptions Behind(RabbitMqSettings broker)
    {
        BrokerHost = BrokerHost.Length > 0 ? BrokerHost : broker.Host;
        BrokerPort = BrokerPort > 0 ? BrokerPort : broker.Port;
        VirtualHost = broker.VirtualHost;
        return this;
    }

    internal IEnumerable<ValidationResult> Validate()
    {
        if (ManagementUrl.Length > 0 && !IsWeb(ManagementUrl))
        {
            yield return Wrong(nameof(ManagementUrl), "must be an http or https URL, such as http://127.0.0.1:15672");
        }

        if (ManagementUrl.Length > 0 && (ManagementUser.Length == 0 || ManagementPassword.Length == 0))
        {
            yield return Wrong(nameof(ManagementUser), "and ManagementPassword must be there when ManagementUrl is");
        }

        if (BrokerPort is < 0 or > ushort.MaxValue)
        {
            yield return Wrong(nameof(BrokerPort), "must be a port");
        }

        if (GatewayUrl.Length > 0 && !IsWeb(GatewayUrl))
        {
            yield return Wrong(nameof(GatewayUrl), "must be an http or https URL");
        }
    }

    private static ValidationResult Wrong(string key, string what) => new($"{Section}:{key} {what}.", [key]);

    private static bool IsWeb(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https");
}
