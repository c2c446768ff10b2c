using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary>Everything that <c>orc get</c> and <c>orc describe</c> know.</summary>
internal static class Kinds
{
    private const int TrainParts = 2;

    public static IReadOnlyList<Kind> All { get; } =
    [
        Services,
        Teams,
        Versions,
        Lines,
        Pools,
        Windows,
        Trains,
        Rollouts,
        Deployments,
        Instances,
        Hosts,
        Rebalances,
        Tokens,
    ];

    public static Kind<ServiceView> Services =>
        new()
        {
            Name = "services",
            Singular = "service",
            Aliases = ["svc"],
            Description = "Services with their newest version and what is deployed.",
            NameHelp = "A service.",
            Path = Paths.Services,
            Find = name => new Lookup<ServiceView>.One(Paths.Service(name)),
            IdOf = service => service.Name,
            ItemType = CliJson.Default.ServiceView,
            PageType = CliJson.Default.PageServiceView,
            ToList = (page, _) => CatalogSheets.Services(page),
            ToOne = (service, _) => CatalogSheets.Service(service),
        };

    public static Kind<VersionView> Versions =>
        new()
        {
            Name = "versions",
            Singular = "version",
            Aliases = ["ver"],
            Description = "Published versions.",
            NameHelp = "A service, or one version: checkoutservice@1.1.0.",
            Path = Paths.Versions,
            Find = name =>
                name.Split('@', 2) is [var service, var version]
                    ? new Lookup<VersionView>.Among("service", service, item => item.Version == version)
                    : new Lookup<VersionView>.Many("service"),
            IdOf = version => $"{version.Service}@{version.Version}",
            ItemType = CliJson.Default.VersionView,
            PageType = CliJson.Default.PageVersionView,
            ToList = CatalogSheets.Versions,
            ToOne = CatalogSheets.Version,
        };

    public static Kind<LineView> Lines =>
        new()
        {
            Name = "lines",
            Singular = "line",
            Aliases = ["ln"],
            Description = "Lines: the timetables of trains, and the stages they go through.",
            NameHelp = "A line; it has the name of its service unless it has one of its own.",
            Path = Paths.Lines,
            Find = name => new Lookup<LineView>.One(Paths.Line(name)),
            IdOf = line => line.Name,
            ItemType = CliJson.Default.LineView,
            PageType = CliJson.Default.PageLineView,
            ToList = CatalogSheets.Lines,
            ToOne = CatalogSheets.Line,
        };

    public static Kind<PoolView> Pools =>
        new()
        {
            Name = "pools",
            Singular = "pool",
            Aliases = ["po"],
            Description = "Pools: which hosts instances of a stage go to.",
            NameHelp = "A pool.",
            Path = Paths.Pools,
            Find = name => new Lookup<PoolView>.Among(Filter: null, name, pool => pool.Name == name),
            IdOf = pool => pool.Name,
            ItemType = CliJson.Default.PoolView,
            PageType = CliJson.Default.PagePoolView,
            ToList = (page, _) => FleetSheets.Pools(page),
            ToOne = (pool, _) => FleetSheets.Pool(pool),
        };

    public static Kind<TeamView> Teams =>
        new()
        {
            Name = "teams",
            Singular = "team",
            Aliases = ["te"],
            Description = "Teams with what their services take of their quotas.",
            NameHelp = "A team.",
            Path = Paths.Teams,
            Find = name => new Lookup<TeamView>.Among(Filter: null, name, team => team.Name == name),
            IdOf = team => team.Name,
            ItemType = CliJson.Default.TeamView,
            PageType = CliJson.Default.PageTeamView,
            ToList = (page, _) => TeamSheets.List(page),
            ToOne = (team, _) => TeamSheets.One(team),
        };

    public static Kind<WindowView> Windows =>
        new()
        {
            Name = "windows",
            Singular = "window",
            Aliases = ["win"],
            Description = "Windows: when trains may depart and rollouts may begin; and halts.",
            NameHelp = "A window or a halt.",
            Path = Paths.Windows,
            Find = name => new Lookup<WindowView>.One(Paths.Window(name)),
            IdOf = window => window.Name,
            ItemType = CliJson.Default.WindowView,
            PageType = CliJson.Default.PageWindowView,
            ToList = WindowSheets.List,
            ToOne = WindowSheets.One,
        };

    public static Kind<RebalanceView> Rebalances =>
        new()
        {
            Name = "rebalances",
            Singular = "rebalance",
            Aliases = ["rb"],
            Description = "Rebalances of pools, and how far they are.",
            NameHelp = "A rebalance, such as 3.",
            Path = Paths.Rebalances,
            Find = id => new Lookup<RebalanceView>.One(Paths.Rebalance(id)),
            IdOf = rebalance => rebalance.Id,
            ItemType = CliJson.Default.RebalanceView,
            PageType = CliJson.Default.PageRebalanceView,
            ToList = RebalanceSheets.List,
            ToOne = RebalanceSheets.One,
        };

    public static Kind<TrainView> Trains =>
        new()
        {
            Name = "trains",
            Singular = "train",
            Aliases = ["tr"],
            Description = "Trains: dated departures with what boarded them.",
            NameHelp = "A train (checkoutservice/118), or a line for all of its trains.",
            Path = Paths.Trains,
            Find = name =>
                name.Split('/').Length == TrainParts
                    ? new Lookup<TrainView>.One(Paths.Train(name))
                    : new Lookup<TrainView>.Many("line"),
            IdOf = train => train.Id,
            ItemType = CliJson.Default.TrainView,
            PageType = CliJson.Default.PageTrainView,
            ToList = TrainSheets.List,
            ToOne = TrainSheets.One,
        };

    public static Kind<RolloutView> Rollouts =>
        new()
        {
            Name = "rollouts",
            Singular = "rollout",
            Aliases = ["ro"],
            Description = "Rollouts: a version going through a stage.",
            NameHelp = "A rollout (checkoutservice/118/prod), or a service for all of its rollouts.",
            HasActive = true,
            Path = Paths.Rollouts,
            Find = name =>
                name.Contains('/', StringComparison.Ordinal)
                    ? new Lookup<RolloutView>.One(Paths.Rollout(name))
                    : new Lookup<RolloutView>.Many("service"),
            IdOf = rollout => rollout.Id,
            ItemType = CliJson.Default.RolloutView,
            PageType = CliJson.Default.PageRolloutView,
            ToList = (page, _) => RolloutSheets.List(page),
            ToOne = RolloutSheets.One,
        };

    public static Kind<DeploymentView> Deployments =>
        new()
        {
            Name = "deployments",
            Singular = "deployment",
            Aliases = ["deploy", "dep"],
            Description = "Deployments: what is desired, ready and served of a service at a stage.",
            NameHelp = "A service, or one deployment: checkoutservice/prod.",
            Filters = ["service", "stage"],
            Path = Paths.Deployments,
            Find = name =>
                name.Split('/', 2) is [var service, var stage]
                    ? new Lookup<DeploymentView>.Among("service", service, item => item.Stage == stage)
                    : new Lookup<DeploymentView>.Many("service"),
            IdOf = deployment => $"{deployment.Service}/{deployment.Stage}",
            ItemType = CliJson.Default.DeploymentView,
            PageType = CliJson.Default.PageDeploymentView,
            ToList = (page, _) => CatalogSheets.Deployments(page),
            ToOne = CatalogSheets.Deployment,
        };

    public static Kind<InstanceView> Instances =>
        new()
        {
            Name = "instances",
            Singular = "instance",
            Aliases = ["inst"],
            Description = "Instances: placed copies of a version on hosts.",
            NameHelp = "An instance (checkoutservice.prod.14), or a service for all of its instances.",
            Filters = ["service", "stage", "host"],
            Path = Paths.Instances,
            Find = name =>
                name.Contains('.', StringComparison.Ordinal)
                    ? new Lookup<InstanceView>.One(Paths.Instance(name))
                    : new Lookup<InstanceView>.Many("service"),
            IdOf = instance => instance.Id,
            ItemType = CliJson.Default.InstanceView,
            PageType = CliJson.Default.PageInstanceView,
            ToList = (page, _) => FleetSheets.Instances(page),
            ToOne = (instance, _) => FleetSheets.Instance(instance),
        };

    public static Kind<HostView> Hosts =>
        new()
        {
            Name = "hosts",
            Singular = "host",
            Aliases = ["ho"],
            Description = "Hosts with their use and when they were last heard.",
            NameHelp = "A host.",
            Path = Paths.Hosts,
            Find = name => new Lookup<HostView>.One(Paths.Host(name)),
            IdOf = host => host.Id,
            ItemType = CliJson.Default.HostView,
            PageType = CliJson.Default.PageHostView,
            ToList = FleetSheets.Hosts,
            ToOne = FleetSheets.Host,
        };

    public static Kind<TokenView> Tokens =>
        new()
        {
            Name = "tokens",
            Singular = "token",
            Aliases = ["tok"],
            Description = "Tokens and their roles, without their secrets.",
            NameHelp = "Id or name of a token.",
            Path = Paths.Tokens,
            Find = name => new Lookup<TokenView>.Among(
                Filter: null,
                name,
                token => token.Id == name || token.Name == name
            ),
            IdOf = token => token.Id,
            ItemType = CliJson.Default.TokenView,
            PageType = CliJson.Default.PageTokenView,
            ToList = AnswerSheets.Tokens,
            ToOne = AnswerSheets.Token,
        };
}
