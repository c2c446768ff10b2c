using System.Collections.Immutable;
using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Tests.Translation;

public sealed class BusCommandsTests
{
    private static readonly string Image = $"boutique/cart@sha256:{new string('a', 64)}";

    [Fact]
    public void An_assignment_goes_to_the_hosts_queue_with_the_epoch_it_was_decided_under()
    {
        var command = new HostAssignment(
            HostId.Parse("h1"),
            Revision: 9,
            [new AssignedVersion(AnInstance(), ATemplate())]
        );

        var (queue, message) = BusCommands.From(command, epoch: 3);

        Assert.Equal("host-h1", queue);
        var assign = Assert.IsType<AssignHost>(message);
        Assert.Equal(("h1", 3L, 9L), (assign.HostId, assign.Epoch, assign.Revision));
        var assigned = Assert.Single(assign.Instances);
        Assert.Equal(("cart.prod.4", 2), (assigned.InstanceId, assigned.Generation));
        Assert.Equal(("cart", "prod", "1.1.0"), (assigned.Service, assigned.Stage, assigned.Version));
        Assert.Equal(Image, assigned.Image);
        Assert.Equal(["/app/server", "--quiet"], assigned.Command);
        Assert.Equal("1", assigned.Environment["DEBUG"]);
        Assert.Equal((250, 500), (assigned.CpuMillicores, assigned.CpuLimitMillicores));
        Assert.Equal((128, 256), (assigned.MemoryMebibytes, assigned.MemoryLimitMebibytes));
        Assert.Equal(8080, assigned.Port);
        Assert.Equal(10_000, assigned.StopGraceMilliseconds);
        Assert.Equal(
            new AssignedHealthCheck
            {
                Path = "/healthz",
                IntervalMilliseconds = 1_000,
                TimeoutMilliseconds = 500,
                UnhealthyAfter = 3,
                StartupMilliseconds = 60_000,
            },
            assigned.Health
        );
    }

    [Fact]
    public void Images_to_fetch_ahead_are_said_and_nothing_is_where_there_are_none()
    {
        var none = new HostAssignment(HostId.Parse("h1"), Revision: 9, []);
        var some = none with { Prefetch = [ImageReference.Parse(Image)] };

        var said = Assert.IsType<AssignHost>(BusCommands.From(some, epoch: 3).Message).Prefetch;
        var unsaid = Assert.IsType<AssignHost>(BusCommands.From(none, epoch: 3).Message).Prefetch;

        Assert.Equal([Image], said);
        Assert.Null(unsaid);
    }

    [Fact]
    public void Only_an_instance_of_a_batch_is_never_restarted()
    {
        var batch = ATemplate() with
        {
            Kind = new ServiceKind.Batch(Completions: 1, Parallelism: 1, Retries: 0, Deadline: null),
        };
        var command = new HostAssignment(
            HostId.Parse("h1"),
            Revision: 1,
            [
                new AssignedVersion(AnInstance(), batch),
                new AssignedVersion(AnInstance(), batch with { Kind = new ServiceKind.Daemon() }),
            ]
        );

        var assign = Assert.IsType<AssignHost>(BusCommands.From(command, epoch: 1).Message);

        Assert.Equal([RestartPolicy.Never, RestartPolicy.Always], assign.Instances.Select(one => one.Restart));
    }

    [Fact]
    public void The_host_is_told_which_ports_and_devices_are_an_instances_own()
    {
        var instance = AnInstance();
        var holding = new Resources(250, 128)
        {
            Counts =
            [
                new NamedCount(ResourceName.Port(9090), 1),
                new NamedCount(ResourceName.Port(808), 1),
                new NamedCount(ResourceName.Device("gpu", 3), DeviceRequest.Whole),
                new NamedCount(ResourceName.Device("gpu", 10), DeviceRequest.Whole),
            ],
        };
        var command = new HostAssignment(
            instance.Host,
            Revision: 1,
            [new AssignedVersion(instance with { Demand = holding }, ATemplate()), new(instance, ATemplate())]
        );

        var assign = Assert.IsType<AssignHost>(BusCommands.From(command, epoch: 1).Message);

        Assert.Equal([808, 9090], assign.Instances[0].HostPorts!);
        var (deviceClass, indexes) = Assert.Single(assign.Instances[0].Devices!);
        Assert.Equal("gpu", deviceClass);
        Assert.Equal([3, 10], indexes);
        Assert.Null(assign.Instances[1].HostPorts);
    }

    [Fact]
    public void The_host_is_told_what_to_ask_and_whether_it_must_be_alive()
    {
        var check = ATemplate().Health!;
        var template = ATemplate() with
        {
            Health = check with { Question = new HealthQuestion.Exec(["/bin/check", "-q"]) },
            Liveness = check with { Question = new HealthQuestion.Grpc("shop.Cart"), Startup = TimeSpan.Zero },
        };
        var other = ATemplate() with { Health = check with { Question = new HealthQuestion.Tcp() } };

        var assigned = AssignOf(template).Instances[0];
        var plain = AssignOf(other).Instances[0];

        Assert.Equal(HealthProtocol.Exec, assigned.Health!.Protocol);
        Assert.Equal(["/bin/check", "-q"], assigned.Health.Command!);
        Assert.Equal((HealthProtocol.Grpc, "shop.Cart"), (assigned.Liveness!.Protocol, assigned.Liveness.Service));
        Assert.Equal(0, assigned.Liveness.StartupMilliseconds);
        Assert.Equal((HealthProtocol.Tcp, null), (plain.Health!.Protocol, plain.Liveness));
    }

    [Fact]
    public void The_host_is_told_how_a_container_is_to_be_made_and_ended()
    {
        var template = ATemplate() with
        {
            Container = new ContainerSettings
            {
                StopSignal = "SIGQUIT",
                PreStop = TimeSpan.FromSeconds(3),
                Limits = [new ProcessLimit("nofile", Soft: 100, ProcessLimit.Unlimited)],
                HasInit = true,
                Files = [new ContainerFile("/a", "content", Mode: 0x1A4)],
                Volumes =
                [
                    new VolumeMount("/b", new VolumeSource.Named("data"), IsReadOnly: true),
                    new VolumeMount("/c", new VolumeSource.OfHost("/etc"), IsReadOnly: false),
                    new VolumeMount("/d", new VolumeSource.Temporary(Mebibytes: 5), IsReadOnly: false),
                ],
            },
        };

        var container = AssignOf(template).Instances[0].Container!;

        Assert.Equal(
            ("SIGQUIT", 3_000, true),
            (container.StopSignal, container.PreStopMilliseconds, container.HasInit)
        );
        Assert.Equal([new AssignedProcessLimit("nofile", Soft: 100, Hard: -1)], container.Limits!);
        Assert.Equal([new AssignedFile("/a", "content", Mode: 420)], container.Files!);
        Assert.Equal(
            [
                new AssignedVolume
                {
                    Path = "/b",
                    Name = "data",
                    IsReadOnly = true,
                },
                new AssignedVolume { Path = "/c", HostPath = "/etc" },
                new AssignedVolume { Path = "/d", TemporaryMebibytes = 5 },
            ],
            container.Volumes!
        );
        Assert.Null(AssignOf(ATemplate()).Instances[0].Container);
    }

    [Fact]
    public void A_version_without_a_health_check_or_with_an_endless_grace_still_has_a_message()
    {
        var template = ATemplate() with { Health = null, StopGrace = TimeSpan.MaxValue };
        var command = new HostAssignment(HostId.Parse("h1"), 1, [new AssignedVersion(AnInstance(), template)]);

        var assign = Assert.IsType<AssignHost>(BusCommands.From(command, epoch: 1).Message);

        Assert.Null(assign.Instances[0].Health);
        Assert.Equal(int.MaxValue, assign.Instances[0].StopGraceMilliseconds);
    }

    [Fact]
    public void A_route_table_goes_to_the_gateways_queue()
    {
        var command = new RoutedTable(
            Revision: 4,
            [
                new RoutedService(
                    ServiceName.Parse("cart"),
                    StageName.Parse("prod"),
                    [
                        new RoutedVersion(
                            SemanticVersion.Parse("1.1.0"),
                            WeightPercent: 10.5m,
                            [new RoutedInstance(InstanceId.Parse("cart.prod.4"), "127.0.0.1:4000", IsPeer: true)]
                        ),
                    ]
                )
                {
                    Rules = new RoutingRules
                    {
                        Sticky = new StickyRule("X-User", "sid", TimeSpan.FromMinutes(2)),
                        IsHttp2 = true,
                        MaxBodyMebibytes = 3000,
                        HealthPath = "/ready",
                    },
                },
                new RoutedService(ServiceName.Parse("cart"), StageName.Parse("staging"), []),
            ]
        );

        var (queue, message) = BusCommands.From(GatewayId.Parse("g1"), command, epoch: 3);

        Assert.Equal("gateway-g1", queue);
        var table = Assert.IsType<RouteTable>(message);
        Assert.Equal((3L, 4L), (table.Epoch, table.Revision));
        var (route, usual) = (table.Routes[0], table.Routes[1]);
        Assert.Equal(
            (
                new StickyRoute
                {
                    Header = "X-User",
                    Cookie = "sid",
                    CookieSeconds = 120,
                },
                true,
                3000L << 20,
                "/ready"
            ),
            (route.Sticky, route.IsHttp2, route.MaxBodyBytes, route.HealthPath)
        );
        Assert.Equal((null, null, null, null), (usual.Sticky, usual.IsHttp2, usual.MaxBodyBytes, usual.HealthPath));
        Assert.Equal(("cart", "prod"), (route.Service, route.Stage));
        var version = Assert.Single(route.Versions);
        Assert.Equal(("1.1.0", 10, 105), (version.Version, version.WeightPercent, version.WeightPermille));
        Assert.Equal([new RouteEndpoint("cart.prod.4", "127.0.0.1:4000") { IsPeer = true }], version.Endpoints);
    }

    private static Instance AnInstance() =>
        new()
        {
            Id = InstanceId.Parse("cart.prod.4"),
            Service = ServiceName.Parse("cart"),
            Stage = StageName.Parse("prod"),
            Version = SemanticVersion.Parse("1.1.0"),
            Host = HostId.Parse("h1"),
            Generation = 2,
            Demand = new Resources(250, 128),
            Phase = new InstancePhase.Active(),
            Observed = Observation.None,
            PlacedAt = DateTimeOffset.UnixEpoch,
        };

    private static AssignHost AssignOf(InstanceTemplate template) =>
        Assert.IsType<AssignHost>(
            BusCommands
                .From(
                    new HostAssignment(HostId.Parse("h1"), 1, [new AssignedVersion(AnInstance(), template)]),
                    epoch: 1
                )
                .Message
        );

    private static InstanceTemplate ATemplate() =>
        new()
        {
            Image = ImageReference.Parse(Image),
            Command = ["/app/server", "--quiet"],
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add("DEBUG", "1"),
            Request = new Resources(250, 128),
            Limit = new Resources(500, 256),
            Port = 8080,
            Health = new HealthCheck
            {
                Path = "/healthz",
                Interval = TimeSpan.FromSeconds(1),
                Timeout = TimeSpan.FromMilliseconds(500),
                UnhealthyAfter = 3,
                Startup = TimeSpan.FromMinutes(1),
            },
            StopGrace = TimeSpan.FromSeconds(10),
            Placement = PlacementRules.None,
        };
}
