namespace Orchestrator.Contracts.Http;

/// <summary>POST /v1/plan/scale.</summary>
/// <param name="Count">1 to 10000.</param>
public sealed record PlanScaleRequest(string Service, string Stage, int Count);

/// <summary>POST /v1/plan/drain and /v1/plan/lose.</summary>
/// <param name="Hosts">At least one.</param>
public sealed record PlanHostsRequest(IReadOnlyList<string> Hosts);

/// <summary>POST /v1/plan/rebalance.</summary>
/// <param name="Pool">Its hosts are meant; <c>default</c> is all hosts unless it is declared.</param>
/// <param name="Goal"><c>pack</c> or <c>spread</c>.</param>
/// <param name="Moves">1 to 10000: at most so many.</param>
public sealed record PlanRebalanceRequest(string Pool, string Goal, int Moves);

/// <summary>Moves that would make a pool better; nothing was changed.</summary>
public sealed record RebalancePlanView
{
    /// <summary>When the state that was planned on was as it is.</summary>
    public required DateTimeOffset StateAt { get; init; }

    /// <summary>Of that state, as the replica that answered counts: <c>epoch.version</c>.</summary>
    public required string StateRevision { get; init; }

    public required string Pool { get; init; }

    public required string Goal { get; init; }

    /// <summary>Ascending by wave; within a wave they may be made in any order.</summary>
    public required IReadOnlyList<RebalanceMoveView> Moves { get; init; }

    public required RebalanceFiguresView Before { get; init; }

    public required RebalanceFiguresView After { get; init; }

    /// <summary>Why there are no more moves: <c>nothing_better</c>, <c>budget</c> or <c>search</c>, which looked at enough for one plan.</summary>
    public required string End { get; init; }
}

public sealed record RebalanceMoveView(string Instance, string From, string To, int Wave, string Why);

public sealed record RebalanceFiguresView
{
    public required int Hosts { get; init; }

    /// <summary>With anything on them but daemons.</summary>
    public required int UsedHosts { get; init; }

    /// <summary>Of the scarcer of CPU and memory, mean of the used hosts.</summary>
    public required double MeanFullnessPercent { get; init; }

    public required double FullestPercent { get; init; }

    public required double EmptiestPercent { get; init; }

    /// <summary>The most that a domain of a spread rule has above the least, or above its target.</summary>
    public required int WorstSkew { get; init; }

    /// <summary>Instances beyond what spread rules allow.</summary>
    public required long BeyondSpreadRules { get; init; }
}

/// <summary>What a change would come to; nothing was changed.</summary>
public sealed record PlanView
{
    /// <summary>When the state that was planned on was as it is.</summary>
    public required DateTimeOffset StateAt { get; init; }

    /// <summary>Of that state, as the replica that answered counts: <c>epoch.version</c>.</summary>
    public required string StateRevision { get; init; }

    /// <summary>Whether the plan is complete and every wanted instance finds a place.</summary>
    public required bool IsPlaceable { get; init; }

    /// <summary>False when the plan was cut off for its size: it shows how far the fleet had come.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>What manifests would change; empty for other changes.</summary>
    public required IReadOnlyList<ObjectChange> Objects { get; init; }

    /// <summary>Only those that the change reaches.</summary>
    public required IReadOnlyList<DeploymentPlanView> Deployments { get; init; }

    /// <summary>What the plan assumes or leaves out.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

public sealed record DeploymentPlanView
{
    public required string Service { get; init; }

    public required string Stage { get; init; }

    /// <summary>Empty before the first version.</summary>
    public required string FromVersion { get; init; }

    public required string ToVersion { get; init; }

    public required int Before { get; init; }

    public required int After { get; init; }

    /// <summary>Where instances are that were not there before, most first.</summary>
    public required IReadOnlyList<HostCountView> Placed { get; init; }

    /// <summary>Where instances were that are no more, most first.</summary>
    public required IReadOnlyList<HostCountView> Stopped { get; init; }

    /// <summary>Wanted and without a place, or on a host that drains with no place to go to.</summary>
    public required int Unplaced { get; init; }

    /// <summary>Why; empty when none is unplaced.</summary>
    public required string Reason { get; init; }

    /// <summary>So many more instances at most exist on the way than before or after.</summary>
    public required int Surge { get; init; }

    /// <summary>The most room taken on the way beyond that of before or after.</summary>
    public required int SurgeCpuMillicores { get; init; }

    public required int SurgeMemoryMebibytes { get; init; }
}

public sealed record HostCountView(string Host, int Count);
