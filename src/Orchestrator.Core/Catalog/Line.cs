using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>The recurring train of a service, and of those that are coupled to it. A service may have several lines.</summary>
public sealed record Line
{
    private readonly LineName? _name;

    /// <summary>That of the service unless it says otherwise, as lines of earlier days do.</summary>
    public LineName Name
    {
        get => _name ?? LineName.Of(Service);
        init => _name = value;
    }

    public required ServiceName Service { get; init; }

    /// <summary>Services that travel on the same train, and succeed or go back together with it; none of them twice.</summary>
    public ImmutableArray<CoupledService> Coupled { get; init; } = [];

    public required Timetable Timetable { get; init; }

    public required BoardingRule Boarding { get; init; }

    /// <summary>At least one stage, in order; names are distinct.</summary>
    public required ImmutableArray<Stage> Route { get; init; }

    /// <summary>Its own service first.</summary>
    public IEnumerable<ServiceName> Services => [Service, .. Coupled.Select(each => each.Service)];
}

/// <param name="IsOptional">
/// Whether a train leaves without it when it has nothing new; else that train waits until each has something.
/// </param>
public sealed record CoupledService(ServiceName Service, bool IsOptional);

/// <param name="Cron">Quartz's syntax, with seconds first.</param>
/// <param name="Zone">IANA, such as <c>Europe/Berlin</c>.</param>
public sealed record Timetable(string Cron, string Zone)
{
    /// <summary>What becomes of a train whose time passed while nobody could let it depart.</summary>
    public MissedDeparture Missed { get; init; }
}

public enum MissedDeparture
{
    /// <summary>It is missed; what it carried waits for the next one.</summary>
    Skip,

    /// <summary>It departs late, once, as soon as it can.</summary>
    CatchUp,
}

/// <summary>Boards the newest version of the channel that was published before the cut-off.</summary>
/// <param name="CutOff">How long before departure the consist is sealed; not negative.</param>
public sealed record BoardingRule(string Channel, TimeSpan CutOff)
{
    /// <summary>How old a version must be at the cut-off; not negative.</summary>
    public TimeSpan MinAge { get; init; }

    /// <summary>Only versions in it board; null for all.</summary>
    public VersionRange? Range { get; init; }
}

/// <summary>A target and the policy for getting there.</summary>
public sealed record Stage
{
    public required StageName Name { get; init; }

    public required PoolName Pool { get; init; }

    /// <summary>
    /// Instances once the rollout has succeeded; at least 1. 0 for a daemon, which has one per host, and for a batch.
    /// </summary>
    public required int Count { get; init; }

    public required CanaryStrategy Strategy { get; init; }

    /// <summary>Null when nobody needs to approve.</summary>
    public required ApprovalGate? Approval { get; init; }

    /// <summary>Other systems that must let it through; each name once at a point, at most 10.</summary>
    public ImmutableArray<WebhookGate> Webhooks { get; init; } = [];

    public required JudgePolicy Judge { get; init; }

    /// <summary>Minimum time after success before the next stage begins.</summary>
    public required TimeSpan Soak { get; init; }

    /// <summary>
    /// A rollout that waits this long for a person who pauses or resumes it, for a webhook, or for what must come first, is given
    /// up.
    /// </summary>
    public TimeSpan HoldAtMost { get; init; } = TimeSpan.FromDays(30);
}

/// <summary>Steps with a share of the traffic, then promotion by an exchange of all instances.</summary>
public sealed record CanaryStrategy
{
    /// <summary>May be empty: then the rollout promotes at once.</summary>
    public required ImmutableArray<CanaryStep> Steps { get; init; }

    /// <summary>Instances above the count while rolling; at least 1 if <see cref="MaxUnavailable"/> is 0.</summary>
    public required int MaxSurge { get; init; }

    /// <summary>Ready instances below the count that our own actions may cause.</summary>
    public required int MaxUnavailable { get; init; }

    /// <summary>An instance set that is not ready this long after it was asked for fails the rollout.</summary>
    public required TimeSpan ReadyWithin { get; init; }

    /// <summary>An instance of the new version counts only when it has been ready for so long without a restart; not negative.</summary>
    public TimeSpan HealthyFor { get; init; }

    /// <summary>How it is promoted. All but <see cref="Exchange.Rolling"/> have no steps.</summary>
    public Exchange Exchange { get; init; } = new Exchange.Rolling();
}

/// <summary>One canary step.</summary>
public sealed record CanaryStep
{
    /// <summary>At least 1.</summary>
    public required int Instances { get; init; }

    /// <summary>Share of the stage's requests, in tenths: <see cref="CanaryShares.Least"/> to <see cref="CanaryShares.Most"/>.</summary>
    public required decimal WeightPercent { get; init; }

    /// <summary>Whether a person lets it go on once its verdict has passed.</summary>
    public bool IsManual { get; init; }

    /// <summary>Minimum time before a verdict may pass.</summary>
    public required TimeSpan Bake { get; init; }

    /// <summary>Minimum requests that the canary answered before a verdict may pass.</summary>
    public required int MinimumRequests { get; init; }

    /// <summary>Without a verdict by so many requests of the canary, the rollout is held for a person; null: by time alone.</summary>
    public int? MaximumRequests { get; init; }

    /// <summary>Without a verdict this long after the step began, the rollout is held for a person.</summary>
    public required TimeSpan JudgeWithin { get; init; }
}

/// <summary>Where a person must approve.</summary>
/// <param name="AllowsPublisher">Whether who published the version may approve it.</param>
public sealed record ApprovalGate(ApprovalPoint Before, bool AllowsPublisher)
{
    /// <summary>How many different people must approve; at least 1.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Who may: members of any of these groups. Empty for whoever has the role of an approver of the stage.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>A rollout that waits longer is given up, and an approval that is older does not count any more.</summary>
    public TimeSpan ExpiresAfter { get; init; } = TimeSpan.FromDays(7);
}

public enum ApprovalPoint
{
    /// <summary>Before anything runs at the stage.</summary>
    Stage,

    /// <summary>After the canary passed, before it is promoted.</summary>
    Promotion,
}
