using System.ComponentModel.DataAnnotations;

namespace Orchestrator.ControlPlane.Webhooks;

/// <summary>Who may be asked whether a rollout goes on. Manifests only name them, so that nobody can send the control plane anywhere else.</summary>
public sealed class WebhookOptions
{
    /// <summary>Each below its name: <c>ORC_Webhooks__load-test__Url</c>.</summary>
    public const string Section = "Webhooks";

    /// <summary>Where questions are posted to.</summary>
    public string Url { get; set; } = "";

    /// <summary>What they are signed with: <c>whsec_</c> and 24 to 64 bytes in base64.</summary>
    public string Key { get; set; } = "";

    internal IEnumerable<ValidationResult> Validate(string name)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            yield return Wrong(nameof(Url), "must be an http or https URL, such as https://tests.internal/gate");
        }

        if (SigningKey.Parse(Key) is null)
        {
            yield return Wrong(
                nameof(Key),
                "must be whsec_ and 24 to 64 bytes in base64; make one: echo whsec_$(openssl rand -base64 32)"
            );
        }

        ValidationResult Wrong(string member, string what) =>
            new($"{Section}:{name}:{member} {what}.", [$"{Section}:{name}:{member}"]);
    }
}
