using System.ComponentModel.DataAnnotations;

namespace Orchestrator.ControlPlane.Evidence;

/// <summary>Who may be asked for metrics. Manifests only name them, so that nobody can send the control plane anywhere else.</summary>
public sealed class ProviderOptions
{
    /// <summary>Each below its name: <c>ORC_Providers__prometheus__Url</c>.</summary>
    public const string Section = "Providers";

    private const int MaxTimeoutSeconds = 60;

    public ProviderKind Kind { get; set; } = ProviderKind.Prometheus;

    /// <summary>Of Prometheus, what comes before <c>/api/v1</c>; of JSON, what queries are appended to.</summary>
    public string Url { get; set; } = "";

    /// <summary>Sent as a bearer; empty for none.</summary>
    public string Token { get; set; } = "";

    /// <summary>For one question; 1 to 60. Whoever takes longer has not answered.</summary>
    public int TimeoutSeconds { get; set; } = 5;

    internal IEnumerable<ValidationResult> Validate(string name)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            yield return Wrong(nameof(Url), "must be an http or https URL, such as http://prometheus:9090");
        }

        if (TimeoutSeconds is < 1 or > MaxTimeoutSeconds)
        {
            yield return Wrong(nameof(TimeoutSeconds), "must be 1 to 60");
        }

        ValidationResult Wrong(string member, string what) =>
            new($"{Section}:{name}:{member} {what}.", [$"{Section}:{name}:{member}"]);
    }
}

public enum ProviderKind
{
    /// <summary>PromQL over <c>/api/v1/query</c>.</summary>
    Prometheus,

    /// <summary>A GET that answers with a number, or with <c>{"value": 1.5, "at": "2026-03-01T12:00:00Z"}</c>.</summary>
    Json,
}
