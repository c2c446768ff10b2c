using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>
/// Every field of what manifests declare, as people see it where it differs: what is missing here could change unseen. Kept in
/// Fields beside this file; written anew with ORC_WRITE_SCENARIOS=1.
/// </summary>
public sealed class FieldsTests
{
    private static readonly ServiceName Front = ServiceName.Parse("front");

    [Fact]
    public void A_service_with_everything_is_told() =>
        Golden.Compare(Path.Combine("Fields", "service.txt"), Text(ManifestFields.Of(AFullService())));

    [Fact]
    public void A_batch_with_another_health_check_is_told()
    {
        var service = AFullService();
        var check = service.Template.Health!;
        var batch = service with
        {
            Routing = RoutingRules.Usual with { Sticky = new StickyRule(Header: null, "id", CookieFor: null) },
            Template = service.Template with
            {
                Kind = new ServiceKind.Batch(Completions: 4, Parallelism: 2, Retries: 1, Deadline: null),
                Health = check with
                {
                    Question = new HealthQuestion.Exec(["pg_isready", "-q"]),
                    Startup = TimeSpan.Zero,
                },
                Liveness = check with { Question = new HealthQuestion.Grpc("live") },
            },
        };

        Golden.Compare(Path.Combine("Fields", "batch.txt"), Text(ManifestFields.Of(batch)));
    }

    [Fact]
    public void A_version_is_told_with_its_channel()
    {
        var service = AFullService();
        var version = new ServiceVersion
        {
            Service = Checkout,
            Number = SemanticVersion.Parse("1.2.3"),
            Channel = "beta",
            Template = service.Template,
            Dependencies = service.Dependencies,
            PublishedBy = "ana",
            PublishedAt = World.Start,
        };

        var fields = ManifestFields.Of(version);
        Assert.Equal("beta", fields["channel"]);
        Assert.Equal("1-2", fields["dependencies.front"]);
        Assert.Equal("hello", fields["template.env.GREETING"]);
    }

    [Fact]
    public void A_line_with_every_strategy_and_gate_is_told() =>
        Golden.Compare(Path.Combine("Fields", "line.txt"), Text(ManifestFields.Of(AFullLine())));

    [Fact]
    public void A_plain_line_is_told() =>
        Golden.Compare(Path.Combine("Fields", "plain-line.txt"), Text(ManifestFields.Of(ALine(approval: null))));

    [Fact]
    public void Windows_pools_and_teams_are_told()
    {
        var window = new Window
        {
            Name = WindowName.Parse("nights"),
            Effect = WindowEffect.Allow,
            Services = [Checkout, Front],
            Stages = [Prod, Staging],
            Zone = "Europe/Berlin",
            Recurring = [new RecurringPeriod("0 0 22 * * ?", TimeSpan.FromHours(2))],
            Dated = [new DatedPeriod(World.Start.UtcDateTime, World.Start.UtcDateTime.AddDays(3))],
            OnClose = WindowClosing.Finish,
            Reason = "people sleep",
            HaltedBy = "ola",
        };
        var pool = new Pool(
            PoolName.Parse("gpus"),
            ImmutableSortedDictionary<string, string>.Empty.Add("gpu", "a100").Add("zone", "a"),
            PoolPreference.BinPack
        )
        {
            Overcommit = new Overcommit(CpuHundredths: 150, MemoryHundredths: 110, DiskHundredths: 120),
            Reserve = new Resources(200, 128) { DiskMebibytes = 512 },
            MaxConcurrentRollouts = 3,
        };
        var team = new Team(
            TeamName.Parse("post"),
            [
                new QuotaLimit(QuotaResource.Instances, 20),
                new QuotaLimit(QuotaResource.Cpu, 8_000),
                new QuotaLimit(QuotaResource.Memory, 4_096),
                new QuotaLimit(QuotaResource.Disk, 10_240),
            ]
        );

        var open = window with { Effect = WindowEffect.Deny, Services = [], Stages = [], HaltedBy = null };
        var told = string.Join(
            '\n',
            Text(ManifestFields.Of(window)),
            Text(ManifestFields.Of(open)),
            Text(ManifestFields.Of(pool)),
            Text(ManifestFields.Of(pool with { Preference = PoolPreference.Spread, Overcommit = Overcommit.None })),
            Text(ManifestFields.Of(team))
        );
        Golden.Compare(Path.Combine("Fields", "others.txt"), told);
    }

    [Fact]
    public void Only_what_differs_is_a_difference()
    {
        var service = AFullService();
        var other = service with
        {
            Priority = 7,
            Template = service.Template with { Environment = ImmutableSortedDictionary<string, string>.Empty },
            Dependencies = [],
        };

        Assert.Equal(
            ["dependencies.front: 1-2 → (none)", "priority: 60 → 7", "template.env.GREETING: hello → (none)"],
            ManifestFields.Differences(ManifestFields.Of(service), ManifestFields.Of(other))
        );
        Assert.Empty(ManifestFields.Differences(ManifestFields.Of(other), ManifestFields.Of(other)));
    }

    private static string Text(ImmutableSortedDictionary<string, string> fields) =>
        string.Concat(fields.Select(field => $"{field.Key}: {field.Value}\n"));

    private static Service AFullService()
    {
        var service = AService("checkout");
        var check = new HealthCheck
        {
            Path = "/ready",
            Interval = TimeSpan.FromSeconds(2),
            Timeout = TimeSpan.FromMilliseconds(500),
            UnhealthyAfter = 3,
            Startup = TimeSpan.FromSeconds(40),
        };
        return service with
        {
            Priority = 60,
            Dependencies = [new Dependency(Front, Majors("1-2"))],
            Routing = new RoutingRules
            {
                Sticky = new StickyRule("X-User", "id", TimeSpan.FromHours(1)),
                IsHttp2 = true,
                MaxBodyMebibytes = 8,
                HealthPath = "/health",
            },
            Template = service.Template with
            {
                Command = ["serve", "--port", "8080"],
                Environment = service.Template.Environment.Add("GREETING", "hello"),
                Request = new Resources(500, 128) { DiskMebibytes = 64 },
                Devices = [new DeviceRequest("gpu", 2, 500)],
                Limit = new Resources(1_000, 256),
                Port = 8081,
                Health = check,
                Liveness = check with { Question = new HealthQuestion.Tcp(), Path = "" },
                StopGrace = TimeSpan.FromSeconds(12.5),
                Placement = new PlacementRules
                {
                    Constraints = [new HostConstraint.OneOf("disk", ["ssd", "nvme"]), new HostConstraint.Absent("old")],
                    Affinities = [new Affinity(new HostConstraint.Present("fast"), -20)],
                    Spreads =
                    [
                        new SpreadRule(
                            "zone",
                            MaxSkew: 2,
                            IsHard: true,
                            ImmutableSortedDictionary<string, int>.Empty.Add("a", 70).Add("b", 30),
                            MostPerDomain: 5
                        ),
                        new SpreadRule(
                            "rack",
                            MaxSkew: 1,
                            IsHard: false,
                            ImmutableSortedDictionary<string, int>.Empty,
                            int.MaxValue
                        ),
                    ],
                    MostPerHost = 2,
                    Near = [new NeighbourRule(Front, Stage: null, "zone", Weight: 40)],
                    Apart = [new NeighbourRule(Front, Staging, NeighbourRule.OnHost, Weight: null)],
                },
                Container = new ContainerSettings
                {
                    StopSignal = "SIGQUIT",
                    PreStop = TimeSpan.FromSeconds(3),
                    Limits = [new ProcessLimit("nofile", 1_024, 4_096)],
                    HasInit = true,
                    Files = [new ContainerFile("/etc/app.conf", "debug", 420)],
                    Volumes =
                    [
                        new VolumeMount("/data", new VolumeSource.Named("data"), IsReadOnly: false),
                        new VolumeMount("/host", new VolumeSource.OfHost("/srv"), IsReadOnly: true),
                        new VolumeMount("/tmp", new VolumeSource.Temporary(64), IsReadOnly: false),
                    ],
                    Secrets =
                    [
                        new SecretUse(SecretName.Parse("key"), new SecretPlace.Variable("KEY")),
                        new SecretUse(SecretName.Parse("pin"), new SecretPlace.File("/run/pin")),
                    ],
                },
            },
        };
    }

    private static Line AFullLine()
    {
        var line = ALine(approval: null);
        var (staging, prod) = (line.Route[0], line.Route[1]);
        var step = prod.Strategy.Steps[0];
        return line with
        {
            Coupled =
            [
                new CoupledService(Front, IsOptional: true),
                new CoupledService(ServiceName.Parse("mail"), false),
            ],
            Timetable = new Timetable("0 0 9 * * ?", "Europe/Berlin") { Missed = MissedDeparture.CatchUp },
            Boarding = new BoardingRule("beta", TimeSpan.FromMinutes(5))
            {
                MinAge = TimeSpan.FromHours(1),
                Range = Majors("1-2"),
            },
            Route =
            [
                prod with
                {
                    Strategy = prod.Strategy with
                    {
                        Steps =
                        [
                            step with
                            {
                                MaximumRequests = 900,
                            },
                            step with
                            {
                                Instances = 2,
                                WeightPercent = 33.3m,
                                IsManual = true,
                            },
                        ],
                        HealthyFor = TimeSpan.FromSeconds(7),
                        Exchange = new Exchange.Rolling
                        {
                            Domains = new DomainWaves("rack", ["r2", "r1"], Parallel: 2, TimeSpan.FromMinutes(3)),
                        },
                    },
                    Approval = new ApprovalGate(ApprovalPoint.Promotion, AllowsPublisher: true)
                    {
                        Count = 2,
                        Groups = ["keepers", "owners"],
                        ExpiresAfter = TimeSpan.FromHours(3),
                    },
                    Webhooks =
                    [
                        new WebhookGate("load-test", ApprovalPoint.Stage) { Timeout = TimeSpan.FromSeconds(9) },
                        new WebhookGate("load-test", ApprovalPoint.Promotion) { Every = TimeSpan.FromSeconds(30) },
                    ],
                    Judge = AFullJudge(prod.Judge),
                    Soak = TimeSpan.FromMinutes(2),
                    HoldAtMost = TimeSpan.FromHours(5),
                },
                staging with
                {
                    Approval = new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: false),
                    Strategy = staging.Strategy with
                    {
                        Exchange = new Exchange.Rolling { Waves = new Waves([20, 100], TimeSpan.FromSeconds(45)) },
                    },
                },
                staging with
                {
                    Name = StageName.Parse("blue"),
                    Strategy = Exchanged(new Exchange.BlueGreen(TimeSpan.FromSeconds(5), TimeSpan.FromHours(1))),
                },
                staging with
                {
                    Name = StageName.Parse("anew"),
                    Count = 0,
                    Strategy = Exchanged(new Exchange.Recreate()),
                },
            ],
        };
    }

    private static CanaryStrategy Exchanged(Exchange exchange) => AStrategy() with { Steps = [], Exchange = exchange };

    private static JudgePolicy AFullJudge(JudgePolicy judge) =>
        judge with
        {
            CountsErrors = false,
            Latency = new LatencyRule(0.95, 1.1, 1.5) { WarmUp = TimeSpan.FromSeconds(20) },
            UntilMeasured = UnmeasuredNoise.Trust,
            Metrics =
            [
                AMetric("carts", MetricKind.Share, new MetricSource.Push()),
                AMetric(
                    "cpu",
                    MetricKind.Level,
                    new MetricSource.Query("prom", "sum(cpu)", "", TimeSpan.FromSeconds(15))
                ) with
                {
                    IsLowerWorse = true,
                },
                AMetric(
                    "paid",
                    MetricKind.Share,
                    new MetricSource.Query("prom", "paid", "orders", TimeSpan.FromSeconds(10))
                ),
            ],
            Thresholds =
            [
                new MetricThresholds
                {
                    Metric = "carts",
                    Limit = 0.05,
                    GoodLimit = 0.01,
                    Every = TimeSpan.FromSeconds(30),
                    Checks = 5,
                    FailureLimit = 1,
                    InconclusiveLimit = 2,
                    ConsecutiveErrorLimit = 3,
                },
            ],
            Ranks = new MetricRanks
            {
                Metrics = ["cpu", "paid"],
                Critical = ["paid"],
                Every = TimeSpan.FromSeconds(20),
                MinimumPoints = 30,
                Confidence = 0.98,
                Tolerance = 0.25,
                Marginal = 75,
                Pass = 95,
            },
        };

    private static MetricRule AMetric(string name, MetricKind kind, MetricSource source) =>
        new()
        {
            Name = name,
            Kind = kind,
            IsLowerWorse = false,
            ToleratedRatio = 1.05,
            InferiorRatio = 1.4,
            MinimumSamples = 60,
            Source = source,
        };
}
