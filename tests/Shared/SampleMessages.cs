using Orchestrator.Contracts.Bus;

namespace Orchestrator.Tests.Shared;

/// <summary>One message of every type that the bus carries, with every member set to something that is not its default.</summary>
internal static class SampleMessages
{
    public static AssignHost AssignHost { get; } =
        new()
        {
            HostId = "h1",
            Epoch = 4,
            Revision = 7,
            Instances =
            [
                new AssignedInstance
                {
                    InstanceId = "i1",
                    Generation = 2,
                    Service = "cart",
                    Stage = "prod",
                    Version = "1.0.0",
                    Image = "cart@sha256:0",
                    Command = ["serve", "--fast"],
                    Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["A_B"] = "c" },
                    CpuMillicores = 100,
                    CpuLimitMillicores = 200,
                    MemoryMebibytes = 64,
                    MemoryLimitMebibytes = 128,
                    Port = 8080,
                    Health = new AssignedHealthCheck
                    {
                        Path = "/healthz",
                        IntervalMilliseconds = 100,
                        TimeoutMilliseconds = 50,
                        UnhealthyAfter = 3,
                        StartupMilliseconds = 5_000,
                    },
                    Liveness = new AssignedHealthCheck
                    {
                        Protocol = HealthProtocol.Exec,
                        Path = "",
                        Command = ["/bin/check"],
                        Service = "shop.Cart",
                        IntervalMilliseconds = 10_000,
                        TimeoutMilliseconds = 1_000,
                        UnhealthyAfter = 3,
                        StartupMilliseconds = 0,
                    },
                    StopGraceMilliseconds = 1_000,
                    Container = new AssignedContainer
                    {
                        StopSignal = "SIGQUIT",
                        PreStopMilliseconds = 2_000,
                        Limits = [new AssignedProcessLimit("nofile", Soft: 1_024, Hard: -1)],
                        HasInit = true,
                        Secrets =
                        [
                            new AssignedSecret
                            {
                                Name = "password",
                                Variable = "PASSWORD",
                                Path = "/run/password",
                                Sealed = "AAAA",
                            },
                        ],
                        Files = [new AssignedFile("/etc/app/settings", "level: info\n", Mode: 420)],
                        Volumes =
                        [
                            new AssignedVolume
                            {
                                Path = "/data",
                                Name = "data",
                                HostPath = "/srv/data",
                                TemporaryMebibytes = 64,
                                IsReadOnly = true,
                            },
                        ],
                    },
                    Restart = RestartPolicy.Never,
                },
            ],
            Prefetch = ["cart@sha256:1"],
        };

    public static HostReport HostReport { get; } =
        new()
        {
            HostId = "h1",
            AgentSession = "s1",
            Sequence = 3,
            Epoch = 4,
            Revision = long.MaxValue,
            Digest = "d1",
            Facts = new HostFacts
            {
                CpuMillicores = 4_000,
                MemoryMebibytes = 8_192,
                Runtime = "oci",
                AgentVersion = "1.0.0",
                Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["Zone"] = "a" },
                SecretsKey = "AAAA",
            },
            Instances =
            [
                new InstanceStatus
                {
                    InstanceId = "i1",
                    Generation = 2,
                    State = InstanceState.NotReady,
                    Address = "127.0.0.1:8080",
                    Restarts = 1,
                    Reason = "health check: 503",
                    Exit = new InstanceExit(3, new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero)),
                },
            ],
            Images = ["4f4f4f4f4f4f", "0123456789ab"],
        };

    public static RouteTable RouteTable { get; } =
        new()
        {
            Epoch = 4,
            Revision = 9,
            Routes =
            [
                new ServiceRoute
                {
                    Service = "cart",
                    Stage = "prod",
                    Versions =
                    [
                        new VersionRoute("1.0.0", 90, [new RouteEndpoint("i1", "127.0.0.1:8080") { IsPeer = true }])
                        {
                            WeightPermille = 905,
                        },
                        new VersionRoute("1.1.0", 0, [new RouteEndpoint("i2", "127.0.0.1:8081")]) { IsPreview = true },
                    ],
                    Sticky = new StickyRoute
                    {
                        Header = "X-User",
                        Cookie = "cart-visitor",
                        CookieSeconds = 3_600,
                    },
                    IsHttp2 = true,
                    MaxBodyBytes = 1_048_576,
                    HealthPath = "/healthz",
                },
            ],
        };

    public static ReadLogs ReadLogs { get; } =
        new()
        {
            RequestId = "r1",
            ReplyQueue = "replica-1",
            InstanceId = "i1",
            Offset = 5_000_000_000,
            TailLines = 100,
        };

    public static LogsRead LogsRead { get; } = new("r1", IsFound: true, "line 1\nline 2 ü\n", 5_000_000_016);

    public static Telemetry Telemetry { get; } =
        new()
        {
            Hosts = [new HostHeartbeat("h1", "s1", 4, 7, "d1")],
            Gateways = [new GatewayHeartbeat("g1", "s2", 4, 9, ["i1"])],
            Traffic =
            [
                new TrafficSamples
                {
                    GatewayId = "g1",
                    Session = "s2",
                    Sequence = 6,
                    From = new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero),
                    To = new DateTimeOffset(2026, 11, 24, 10, 0, 1, TimeSpan.Zero),
                    Samples =
                    [
                        new TrafficSample
                        {
                            Service = "cart",
                            Stage = "prod",
                            Version = "1.0.0",
                            Requests = 2,
                            Errors = 1,
                            LatencyCounts = [0, 1, .. new long[49], 1],
                            Part = new PartSample(1, 0, [0, 1, .. new long[50]]),
                        },
                    ],
                },
            ],
        };

    public static IReadOnlyList<object> All { get; } =
    [
        AssignHost,
        HostReport,
        RouteTable,
        ReadLogs,
        LogsRead,
        Telemetry,
        new RunProgram
        {
            RequestId = "r1",
            ReplyQueue = "replica-a",
            InstanceId = "cart.prod.1",
            Arguments = ["cat", "/etc/hosts"],
            Input = "some",
            TimeoutMilliseconds = 10_000,
        },
        new ProgramRan
        {
            RequestId = "r1",
            ExitCode = 7,
            Output = "out",
            Errors = "oh",
            IsCut = true,
            Failure = "killed",
        },
        new CopyFile
        {
            RequestId = "r3",
            ReplyQueue = "replica-a",
            InstanceId = "cart.prod.1",
            Path = "/etc/app/settings",
            Mode = 420,
            Content = "AAAA",
        },
        new FileCopied { RequestId = "r3", Failure = "no such directory" },
        new MeasureInstances { RequestId = "r2", ReplyQueue = "replica-a" },
        new InstancesMeasured
        {
            RequestId = "r2",
            Instances =
            [
                new InstanceUsage
                {
                    InstanceId = "cart.prod.1",
                    CpuMillicores = 250,
                    MemoryBytes = 4096,
                    Tasks = 3,
                },
            ],
        },
    ];
}
