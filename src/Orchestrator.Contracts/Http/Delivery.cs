namespace Orchestrator.Contracts.Http;

/// <summary>What became of a version at a stage.</summary>
public sealed record HistoryView
{
    public required string Service { get; init; }

    public required string Stage { get; init; }

    public required string Version { get; init; }

    /// <summary>What it replaced; empty for a first version.</summary>
    public required string FromVersion { get; init; }

    public required string Train { get; init; }

    /// <summary>Who ordered a train off the timetable, what for and why; empty for one of the timetable.</summary>
    public required string Order { get; init; }

    public required string Outcome { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while it is under way.</summary>
    public required DateTimeOffset? EndedAt { get; init; }

    public required string PublishedBy { get; init; }

    public required IReadOnlyList<ApprovalView> Approvals { get; init; }

    /// <summary>The judge's last word; empty where nothing was judged.</summary>
    public required string Evidence { get; init; }
}

/// <summary>DORA's four figures of delivery, at the last stage of each line.</summary>
public sealed record DeliveryView
{
    /// <summary>Empty for all.</summary>
    public required string Service { get; init; }

    public required int Days { get; init; }

    /// <summary>Rollouts that succeeded, without those back to an old version.</summary>
    public required int Deployments { get; init; }

    public required double DeploymentsPerDay { get; init; }

    /// <summary>From publishing to success, the median in seconds; null without any.</summary>
    public required double? LeadTimeSeconds { get; init; }

    /// <summary>Rollouts that went back, and rollbacks by order.</summary>
    public required int Failures { get; init; }

    /// <summary>Of those that succeeded or went back; null without any.</summary>
    public required double? FailurePercent { get; init; }

    /// <summary>From the beginning of a way back to its end, the median in seconds; null without any.</summary>
    public required double? RecoverySeconds { get; init; }
}
