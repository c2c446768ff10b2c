namespace Orchestrator.Core.Catalog;

/// <summary>For a while one person may approve in another's stead. What is delegated cannot be delegated on.</summary>
public sealed record Delegation
{
    /// <summary>Counts a cell's from 1.</summary>
    public required long Number { get; init; }

    /// <summary>Whose right it is, by a role of theirs.</summary>
    public required string From { get; init; }

    /// <summary>Who may use it as well.</summary>
    public required string To { get; init; }

    public required DelegationScope Of { get; init; }

    /// <summary>Not in it; at most 30 days after <see cref="CreatedAt"/>.</summary>
    public required DateTimeOffset Until { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null unless it was ended before its time.</summary>
    public DelegationEnd? Revoked { get; init; }

    /// <summary>Whether what is approved at that moment may be approved by it. What was approved before stays so.</summary>
    public bool IsOpen(DateTimeOffset at) => Revoked is null && at < Until;
}

/// <summary>Which right it is.</summary>
public abstract record DelegationScope
{
    private DelegationScope() { }

    /// <summary>That of a member, at stages which name the group.</summary>
    public sealed record OfGroup(string Group) : DelegationScope
    {
        public override string ToString() => $"group {Group}";
    }

    /// <summary>That of an approver of the stage, where it names no groups.</summary>
    public sealed record OfStage(StageName Stage) : DelegationScope
    {
        public override string ToString() => $"stage {Stage}";
    }
}

/// <summary>Who ended it, and why.</summary>
public sealed record DelegationEnd(string Actor, string Reason, DateTimeOffset At);
