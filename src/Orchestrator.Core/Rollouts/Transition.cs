using System.Collections.Immutable;

namespace Orchestrator.Core.Rollouts;

/// <summary>The rollout after an event, and what shall happen because of it.</summary>
public abstract record Transition
{
    private Transition() { }

    public sealed record Done(Rollout Rollout, ImmutableArray<RolloutEffect> Effects) : Transition;

    /// <summary>What was asked for is not possible now; nothing has changed.</summary>
    public sealed record Refused(string Code, string Message, string Hint) : Transition;
}
