namespace Orchestrator.Contracts.Http;

/// <summary>A page of objects; lists are sorted by id.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items);

public sealed record ServiceView
{
    public required string Name { get; init; }

    public required string Team { get; init; }

    /// <summary><c>service</c>, <c>daemon</c> or <c>batch</c>.</summary>
    public required string Kind { get; init; }

    public required string LatestVersion { get; init; }

    public required IReadOnlyList<DeploymentView> Deployments { get; init; }
}

/// <summary>A service at a stage: what is desired, what runs, who gets the traffic.</summary>
public sealed record DeploymentView
{
    public required string Service { get; init; }

    public required string Stage { get; init; }

    /// <summary>The last version that succeeded here; empty before the first.</summary>
    public required string CurrentVersion { get; init; }

    public required IReadOnlyList<VersionShareView> Versions { get; init; }

    /// <summary>Why instances are missing, empty when none are.</summary>
    public required string Unplaced { get; init; }

    /// <summary><c>service</c>, <c>daemon</c> or <c>batch</c>. A daemon's desired instances are hosts.</summary>
    public required string Kind { get; init; }

    /// <summary>Null unless it is a batch that was started.</summary>
    public required BatchView? Batch { get; init; }
}

public sealed record VersionShareView(string Version, int Desired, int Running, int Ready, decimal WeightPercent);

public sealed record VersionView
{
    public required string Service { get; init; }

    public required string Version { get; init; }

    public required string Channel { get; init; }

    public required string Image { get; init; }

    public required string Digest { get; init; }

    public required string PublishedBy { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>By whom and why it does not travel any more; empty if it does.</summary>
    public string Yanked { get; init; } = "";

    /// <summary>Where its source is; empty where nobody has said.</summary>
    public string Repository { get; init; } = "";

    /// <summary>What it was made from; empty where nobody has said.</summary>
    public string Commit { get; init; } = "";
}

public sealed record PoolView
{
    public required string Name { get; init; }

    /// <summary>Labels that a host of the pool has; empty for all hosts.</summary>
    public required IReadOnlyDictionary<string, string> Selector { get; init; }

    /// <summary><c>spread</c> or <c>binpack</c>.</summary>
    public required string Placement { get; init; }

    /// <summary>What it says of how much its hosts have, one line each, such as <c>overcommit.cpu 1.5</c>.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];
}

/// <summary>One car through one stage.</summary>
public sealed record RolloutView
{
    /// <summary><c>line/number/stage</c>, and for a coupled car <c>/service</c>.</summary>
    public required string Id { get; init; }

    public required string Train { get; init; }

    public required string Service { get; init; }

    public required string Stage { get; init; }

    /// <summary>The rollback target; empty for a first version.</summary>
    public required string FromVersion { get; init; }

    public required string ToVersion { get; init; }

    public required string Phase { get; init; }

    public required string Reason { get; init; }

    /// <summary>Given and not taken back.</summary>
    public IReadOnlyList<ApprovalView> Approvals { get; init; } = [];

    /// <summary>Other systems that must let it through, asked or not.</summary>
    public IReadOnlyList<WebhookView> Webhooks { get; init; } = [];

    /// <summary>Index of the running step, from 0; equal to the number of steps while promoting.</summary>
    public required int Step { get; init; }

    public required IReadOnlyList<StepView> Steps { get; init; }

    public required IReadOnlyList<VersionShareView> Versions { get; init; }

    public required IReadOnlyList<InstanceView> Instances { get; init; }

    /// <summary>Null before there is anything to judge.</summary>
    public required VerdictView? Verdict { get; init; }

    public required string ConsistHash { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset? EndedAt { get; init; }

    /// <summary>True once it can no longer change.</summary>
    public required bool IsFinished { get; init; }

    /// <summary>True only for Succeeded.</summary>
    public required bool IsSucceeded { get; init; }

    public required bool IsWaitingForApproval { get; init; }

    public required string Next { get; init; }
}

public sealed record StepView(string Name, int Instances, decimal WeightPercent, string State)
{
    /// <summary>Whether a person lets it go on once its verdict has passed.</summary>
    public bool IsManual { get; init; }
}

/// <summary>What the judge saw and concluded. Evidence is an e-value: 1 is none, the limit is 1/α or 1/β.</summary>
public sealed record VerdictView
{
    /// <summary><c>pass</c>, <c>fail</c>, <c>continue</c>, <c>hold</c> or <c>inconclusive</c>.</summary>
    public required string Outcome { get; init; }

    public required string Reason { get; init; }

    /// <summary>Counts and evidence of errors; see <see cref="Metrics"/> for the others.</summary>
    public required long CanaryRequests { get; init; }

    public required long CanaryErrors { get; init; }

    public required long ControlRequests { get; init; }

    public required long ControlErrors { get; init; }

    public required double RegressionEvidence { get; init; }

    public required double RegressionLimit { get; init; }

    public required double AcceptanceEvidence { get; init; }

    public required double AcceptanceLimit { get; init; }

    public IReadOnlyList<MetricView> Metrics { get; init; } = [];
}

/// <summary>One metric's part of a verdict. Evidence is e-values; 1 is none.</summary>
public sealed record MetricView
{
    public required string Name { get; init; }

    /// <summary>What was seen, in words.</summary>
    public required string Seen { get; init; }

    /// <summary>Of the canary: requests, or points of a level.</summary>
    public required long Samples { get; init; }

    /// <summary>Samples that did not count, such as failures of a provider.</summary>
    public required long Refused { get; init; }

    /// <summary>Why the last of them did not; empty when all did.</summary>
    public required string LastRefusal { get; init; }

    public required double RegressionEvidence { get; init; }

    public required double RegressionLimit { get; init; }

    public required double AcceptanceEvidence { get; init; }

    public required double AcceptanceLimit { get; init; }

    /// <summary>What is known of how arms differ by chance, in words.</summary>
    public required string Noise { get; init; }

    /// <summary>What the canary was, in words; empty in verdicts of earlier days, as <see cref="Control"/> and <see cref="On"/>.</summary>
    public string Canary { get; init; } = "";

    /// <summary>What the control was, in words.</summary>
    public string Control { get; init; } = "";

    /// <summary>How many requests or points that rests on, in words.</summary>
    public string On { get; init; } = "";

    /// <summary>
    /// <c>no data</c>, <c>stale</c>, <c>undecided</c>, <c>good enough</c>, <c>looks worse</c>, <c>worse</c> or <c>inconclusive</c>; empty in
    /// verdicts of earlier days.
    /// </summary>
    public string State { get; init; } = "";

    /// <summary><c>evidence</c>; or <c>thresholds</c> or <c>ranks</c>, which are not valid under peeking and have no e-values.</summary>
    public string Rule { get; init; } = "evidence";

    /// <summary>What another rule than evidence says; else empty.</summary>
    public string RuleReason { get; init; } = "";

    /// <summary>False: each look is another chance to fail a good canary.</summary>
    public bool IsValidUnderPeeking { get; init; } = true;
}

public sealed record InstanceView
{
    public required string Id { get; init; }

    public required string Service { get; init; }

    public required string Stage { get; init; }

    public required string Version { get; init; }

    public required string Host { get; init; }

    public required int Generation { get; init; }

    /// <summary>Such as Placed, Starting, Ready, NotReady, Backoff, Exited, Draining, Stopping, Lost.</summary>
    public required string State { get; init; }

    public required string Reason { get; init; }

    public required string Address { get; init; }

    public required int Restarts { get; init; }
}

/// <summary>A team that owns services or has a quota, and what its instances take.</summary>
public sealed record TeamView(string Name, IReadOnlyList<QuotaUseView> Uses);

/// <param name="Resource"><c>instances</c>, <c>cpu</c> in millicores, <c>memory</c> and <c>disk</c> in MiB.</param>
/// <param name="Most">Null without a limit.</param>
public sealed record QuotaUseView(string Resource, long Used, long? Most);

public sealed record JournalView(
    long Sequence,
    DateTimeOffset At,
    string Actor,
    string Action,
    string Subject,
    string Reason,
    string Hash
);

public sealed record LogsView(string Text, long NextOffset);

public sealed record WhoAmI(string Name, IReadOnlyList<string> Roles);
