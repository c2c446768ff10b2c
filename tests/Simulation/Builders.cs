using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Simulation;

internal static class Builders
{
    public static readonly ServiceName Checkout = ServiceName.Parse("checkout");
    public static readonly StageName Prod = StageName.Parse("prod");
    public static readonly StageName Staging = StageName.Parse("staging");

    public static ManifestSet AFleet(ApprovalGate? approval, params string[] versions) =>
        new(
            Pools: [],
            Services: [AService("checkout")],
            Versions: [.. versions.Select(version => AnOrder(version))],
            Lines: [ALine(approval)]
        );

    public static PublishOrder AnOrder(string version) =>
        new()
        {
            Service = Checkout,
            Number = SemanticVersion.Parse(version),
            Channel = "stable",
            Image = null,
            Environment = ImmutableSortedDictionary<string, string>.Empty,
        };

    public static Service AService(string name) =>
        new()
        {
            Name = ServiceName.Parse(name),
            Team = TeamName.Parse("boutique"),
            Dependencies = [],
            Template = new InstanceTemplate
            {
                Image = ImageReference.Parse("sample@sha256:" + new string('a', 64)),
                Command = [],
                Environment = ImmutableSortedDictionary<string, string>.Empty,
                Request = new Resources(1_000, 256),
                Limit = default,
                Port = 8080,
                Health = null,
                StopGrace = TimeSpan.FromSeconds(5),
                Placement = PlacementRules.None,
            },
        };

    /// <summary>Of the table of instances.</summary>
    public static InstanceRow ARow(long number) =>
        new(
            number,
            HostId.Parse("h1"),
            new InstanceMake(SemanticVersion.Parse("1.0.0"), new Resources(100, 64)),
            new InstancePhase.Active(),
            Observation.None,
            PlacedAtTicks: 0,
            Generation: 1
        );

    public static Line ALine(ApprovalGate? approval) =>
        new()
        {
            Service = Checkout,
            Timetable = new Timetable("0/10 * * * * ?", "UTC"),
            Boarding = new BoardingRule("stable", TimeSpan.Zero),
            Route =
            [
                AStage(Staging, count: 1) with
                {
                    Strategy = AStrategy() with { Steps = [] },
                },
                AStage(Prod, count: 3) with
                {
                    Approval = approval,
                },
            ],
        };

    /// <param name="text">One major version, or the first and the last of several: <c>1-2</c>.</param>
    public static VersionRange Majors(string text)
    {
        var ends = text.Split('-').Select(int.Parse).ToList();
        return new VersionRange(
            text,
            [
                new VersionInterval(
                    SemanticVersion.Parse($"{ends[0]}.0.0"),
                    IncludesMinimum: true,
                    SemanticVersion.Parse($"{ends[^1] + 1}.0.0"),
                    IncludesMaximum: false,
                    IncludesPrereleases: false
                ),
            ]
        );
    }

    /// <summary>Closes prod for so long from now; what is under way there is taken out.</summary>
    public static void Freeze(World world, TimeSpan time)
    {
        var from = world.Now.UtcDateTime;
        var window = new Window
        {
            Name = WindowName.Parse("year-end"),
            Effect = WindowEffect.Deny,
            Services = [],
            Stages = [Prod],
            Zone = "UTC",
            Recurring = [],
            Dated = [new DatedPeriod(from, from + time)],
            OnClose = WindowClosing.Hold,
            Reason = "the books are closed",
        };
        var manifests = new ManifestSet([], [], [], []) { Windows = [window] };
        world.Ask(new CellInput.Apply("root", manifests, PlanId: null, IsDryRun: false));
    }

    /// <summary>Hosts in zones by turns.</summary>
    public static void InZones(this World world, params string[] zones)
    {
        foreach (var (index, host) in world.Hosts.Values.Index())
        {
            host.Labels = host.Labels.SetItem("zone", zones[index % zones.Length]);
        }
    }

    /// <summary>Straight to a stage with that strategy.</summary>
    public static Line ALineBy(string strategy, int count) =>
        ALine(approval: null) with
        {
            Route = [AStage(Prod, count) with { Strategy = AStrategyOf(strategy, count) }],
        };

    private static CanaryStrategy AStrategyOf(string name, int count) =>
        name switch
        {
            "canary" => AStrategy(),
            "rolling" => AStrategy() with { Steps = [] },
            "patient" => AStrategy() with { Steps = [], HealthyFor = TimeSpan.FromSeconds(5) },
            "recreate" => AStrategy() with
            {
                Steps = [],
                MaxSurge = 0,
                MaxUnavailable = count,
                Exchange = new Exchange.Recreate(),
            },
            "waves" => AStrategy() with
            {
                Steps = [],
                Exchange = new Exchange.Rolling { Waves = new Waves([33, 100], TimeSpan.FromSeconds(10)) },
            },
            "zones" => AStrategy(),
            "patient zones" => AStrategy() with
            {
                Steps = [],
                Exchange = new Exchange.Rolling
                {
                    Domains = DomainWaves.Zones with { First = ["c"], Soak = TimeSpan.FromSeconds(10) },
                },
            },
            "blueGreen" => AStrategy() with
            {
                Steps = [],
                MaxSurge = count,
                Exchange = new Exchange.BlueGreen(Bake: TimeSpan.FromSeconds(5), KeepOld: TimeSpan.FromSeconds(20)),
            },
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };

    public static CanaryStrategy AStrategy() =>
        new()
        {
            Steps =
            [
                new CanaryStep
                {
                    Instances = 1,
                    WeightPercent = 10,
                    Bake = TimeSpan.FromSeconds(5),
                    MinimumRequests = 20,
                    JudgeWithin = TimeSpan.FromMinutes(5),
                },
            ],
            MaxSurge = 1,
            MaxUnavailable = 0,
            ReadyWithin = TimeSpan.FromSeconds(30),
        };

    private static Stage AStage(StageName name, int count) =>
        new()
        {
            Name = name,
            Pool = PoolName.Parse("default"),
            Count = count,
            Strategy = AStrategy(),
            Approval = null,
            Judge = new JudgePolicy
            {
                Alpha = 0.001,
                Beta = 0.05,
                ToleratedRatio = 1,
                AcceptableErrorRate = 0.05,
            },
            Soak = TimeSpan.Zero,
        };
}
