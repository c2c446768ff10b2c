using Orchestrator.Core;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Manifests;

/// <summary>What a manifest leaves out. The schemas say the same, which a test checks.</summary>
internal static class ManifestDefaults
{
    public const string Channel = "stable";

    public const int NoPort = 0;

    /// <summary>Of a stage: right for what is no service by kind, which only the whole fleet shows.</summary>
    public const int NoCount = 0;

    public const int Completions = 1;

    public const int Parallelism = 1;

    public const int Retries = 3;

    public const int Priority = Service.DefaultPriority;

    public const int UnhealthyAfter = 3;

    public const int MaxSurge = 1;

    public const int MaxUnavailable = 0;

    public const int MinimumRequests = 100;

    public const bool AllowsPublisher = false;

    public const bool IsCoupledOptional = false;

    public const PoolPreference Placement = PoolPreference.Spread;

    public const ApprovalPoint ApprovalBefore = ApprovalPoint.Promotion;

    public static readonly PoolName Pool = PoolName.Parse("default");

    public static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(1);

    /// <summary>A restart is dear, and what hangs hangs for long.</summary>
    public static readonly TimeSpan LivenessInterval = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan HealthStartup = TimeSpan.FromSeconds(30);

    /// <summary>No bound.</summary>
    public const int MaxPerHost = int.MaxValue;
    public const int MaxSkew = 1;
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);

    public const int ApprovalCount = 1;

    public static readonly TimeSpan ApprovalExpiresAfter = TimeSpan.FromDays(7);

    public static readonly TimeSpan WebhookTimeout = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan WebhookEvery = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan HoldAtMost = TimeSpan.FromDays(30);

    public const WindowClosing OnClose = WindowClosing.Finish;

    public const MissedDeparture Missed = MissedDeparture.Skip;

    public static readonly TimeSpan PreStop = TimeSpan.Zero;

    public const bool HasInit = false;

    public const bool IsReadOnly = false;

    /// <summary>0644.</summary>
    public const int FileMode = 420;

    public static readonly TimeSpan CutOff = TimeSpan.Zero;

    public static readonly TimeSpan MinAge = TimeSpan.Zero;

    public static readonly TimeSpan Soak = TimeSpan.Zero;

    public static readonly TimeSpan Bake = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan ReadyWithin = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan WaveSoak = TimeSpan.Zero;
    public static readonly string WavesBy = DomainWaves.Zones.Label;
    public static readonly int DomainsAtOnce = DomainWaves.Zones.Parallel;

    public static readonly TimeSpan KeepOld = TimeSpan.FromMinutes(10);

    public static readonly TimeSpan HealthyFor = TimeSpan.Zero;

    public const bool IsManual = false;

    public static readonly TimeSpan JudgeWithin = TimeSpan.FromMinutes(30);

    public static readonly JudgePolicy Judge = new()
    {
        Alpha = 0.001,
        Beta = 0.05,
        ToleratedRatio = 1,
        AcceptableErrorRate = 0.01,
    };

    public static readonly LatencyRule Latency = new(Quantile: 0.95, ToleratedRatio: 1, InferiorRatio: 1.5)
    {
        WarmUp = TimeSpan.FromSeconds(30),
    };

    public const MetricKind MetricKind = Core.Catalog.MetricKind.Share;

    public const double MetricToleratedRatio = 1;

    public const double MetricInferiorRatio = 2;

    public const int MetricMinimumSamples = 1;

    /// <summary>Argo Rollouts forgives none and none, and four errors in a row.</summary>
    public static readonly MetricThresholds Thresholds = new()
    {
        Metric = "",
        Limit = 0,
        GoodLimit = 0,
        Every = TimeSpan.FromMinutes(1),
        Checks = 5,
        FailureLimit = 0,
        InconclusiveLimit = 0,
        ConsecutiveErrorLimit = 4,
    };

    /// <summary>As Kayenta's own examples have it.</summary>
    public static readonly MetricRanks Ranks = new()
    {
        Metrics = [],
        Critical = [],
        Every = TimeSpan.FromMinutes(1),
        MinimumPoints = 20,
        Confidence = 0.98,
        Tolerance = 0.25,
        Marginal = 75,
        Pass = 95,
    };

    public static readonly TimeSpan QueryEvery = TimeSpan.FromSeconds(15);
}
