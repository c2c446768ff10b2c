using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Rollouts;

/// <summary>What a webhook said last at one point of a rollout. It binds to the consist's hash.</summary>
public sealed record WebhookState
{
    public required string Name { get; init; }

    public required ApprovalPoint Before { get; init; }

    public required string ConsistHash { get; init; }

    /// <summary>Counts questions from 1. One that was refused is another question; one that failed or pends is the same again.</summary>
    public required int Round { get; init; }

    /// <summary>How often it was asked in all.</summary>
    public required int Attempts { get; init; }

    /// <summary>Attempts in a row, up to now, that came to no answer.</summary>
    public required int Failures { get; init; }

    public required WebhookAnswer Answer { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>No earlier than that it is asked again; of no meaning once it is open.</summary>
    public required DateTimeOffset AskAgainAt { get; init; }

    public bool IsOpen => Answer is WebhookAnswer.Allowed or WebhookAnswer.Skipped;
}

/// <summary>What came of asking. Only what is allowed or skipped opens; the rest holds, and fails nobody.</summary>
public abstract record WebhookAnswer
{
    private WebhookAnswer() { }

    /// <param name="Reason">The webhook's own words; may be empty, as below.</param>
    public sealed record Allowed(string Reason) : WebhookAnswer;

    public sealed record Refused(string Reason) : WebhookAnswer;

    /// <summary>It does not know yet.</summary>
    public sealed record Pending(string Reason) : WebhookAnswer;

    /// <summary>There is no answer.</summary>
    /// <param name="Why">Such as that it did not come in time.</param>
    public sealed record Failed(string Why) : WebhookAnswer;

    /// <summary>A person goes without it.</summary>
    public sealed record Skipped(string Actor, string Reason) : WebhookAnswer;
}

/// <summary>Something to ask a webhook now.</summary>
/// <param name="Round">As <see cref="WebhookState.Round"/>.</param>
/// <param name="Attempt">Counts from 1, all rounds together.</param>
public sealed record WebhookQuestion(WebhookGate Gate, int Round, int Attempt);
