namespace Orchestrator.Core.Catalog;

/// <summary>
/// Another system that must let a rollout through. Only its name: where it is and how it is signed for is the control plane's
/// configuration, so that no manifest can send the control plane anywhere.
/// </summary>
/// <param name="Before">What waits for it.</param>
public sealed record WebhookGate(string Name, ApprovalPoint Before)
{
    /// <summary>For one question, 1 to 60 s; whoever takes longer has not answered.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between questions while it does not open, 5 s to 1 h.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);
}
