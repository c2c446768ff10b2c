using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests.Support;

/// <summary>Objects as the API sends them; tests change what matters with <c>with</c>.</summary>
internal static class A
{
    public static RolloutView Rollout { get; } =
        new()
        {
            Id = "checkoutservice/118/prod",
            Train = "checkoutservice/118",
            Service = "checkoutservice",
            Stage = "prod",
            FromVersion = "1.0.0",
            ToVersion = "1.1.0",
            Phase = "Baking",
            Reason = "",
            Step = 0,
            Steps =
            [
                new StepView("canary", 1, 10.5m, "running") { IsManual = true },
                new StepView("promotion", 3, 100, "waiting"),
            ],
            Versions = [new VersionShareView("1.1.0", 1, 1, 1, 10), new VersionShareView("1.0.0", 3, 3, 3, 90)],
            Instances =
            [
                Instance("checkoutservice.prod.14", "1.1.0", "h2"),
                Instance("checkoutservice.prod.11", "1.0.0", "h1"),
            ],
            Verdict = Verdict(requests: 200, errors: 1),
            ConsistHash = "c0ffee",
            StartedAt = OrcRun.Noon.AddMinutes(-2),
            EndedAt = null,
            IsFinished = false,
            IsSucceeded = false,
            IsWaitingForApproval = false,
            Next = "",
        };

    public static RolloutView WaitingRollout { get; } =
        Rollout with
        {
            Phase = "AwaitingApproval",
            Reason = "before prod",
            IsWaitingForApproval = true,
            Next = "orc approve checkoutservice/118/prod",
        };

    public static RolloutView SucceededRollout { get; } =
        Rollout with
        {
            Phase = "Succeeded",
            IsFinished = true,
            IsSucceeded = true,
            EndedAt = OrcRun.Noon,
        };

    public static RolloutView RolledBackRollout { get; } =
        Rollout with
        {
            Phase = "RolledBack",
            Reason = "errors 20 % against 0.3 %",
            IsFinished = true,
            EndedAt = OrcRun.Noon,
        };

    public static TrainView Train { get; } =
        new()
        {
            Id = "checkoutservice/118",
            Line = "checkoutservice",
            Phase = "Boarding",
            Reason = "",
            DepartsAt = OrcRun.Noon.AddMinutes(1),
            Consist = [],
            ConsistHash = "",
            Rollouts = [],
            Next = "",
        };

    public static WindowView Halt { get; } =
        new()
        {
            Name = "halt-1",
            Effect = "halt",
            Services = [],
            Stages = ["prod"],
            Zone = "UTC",
            Times = [],
            OnClose = "halt",
            Reason = "look",
            HaltedBy = "ola",
            IsOpen = false,
            ChangesAt = null,
        };

    public static TrainView DepartedTrain { get; } =
        Train with
        {
            Phase = "Departed",
            Consist = [new CarView("checkoutservice", "1.1.0", "sha256:aa")],
            ConsistHash = "c0ffee",
            Rollouts = ["checkoutservice/118/prod"],
        };

    public static PublishResult Published { get; } =
        new("checkoutservice", "1.1.0", "created", "sha256:aa", "checkoutservice/118", OrcRun.Noon.AddMinutes(1));

    public static DeploymentView Deployment { get; } =
        new()
        {
            Service = "checkoutservice",
            Stage = "prod",
            CurrentVersion = "1.1.0",
            Versions = [new VersionShareView("1.1.0", 3, 3, 3, 100)],
            Unplaced = "",
            Kind = "service",
            Batch = null,
        };

    public static DeploymentView Daemon { get; } =
        Deployment with
        {
            Service = "nodelogs",
            Kind = "daemon",
            Versions = [new VersionShareView("1.1.0", 7, 6, 6, 100)],
            Unplaced = "no room on h3",
        };

    public static DeploymentView Batch { get; } =
        Deployment with
        {
            Service = "report",
            Kind = "batch",
            CurrentVersion = "",
            Versions = [new VersionShareView("1.1.0", 2, 2, 2, 0)],
            Batch = new BatchView
            {
                Version = "1.1.0",
                StartedAt = OrcRun.Noon.AddMinutes(-2),
                Wanted = 10,
                Running = 2,
                Completed = 3,
                Failed = 1,
                State = "Running",
                Reason = "",
                LastExit = new BatchExitView("report.prod.4", 3, OrcRun.Noon.AddSeconds(-5), "exited with 3"),
            },
        };

    public static ServiceView Service { get; } =
        new()
        {
            Name = "checkoutservice",
            Team = "payments",
            Kind = "service",
            LatestVersion = "1.1.0",
            Deployments = [Deployment],
        };

    public static HostView Host { get; } =
        new()
        {
            Id = "h1",
            State = "Ready",
            Runtime = "oci",
            CpuMillicores = 4000,
            CpuUsedMillicores = 1500,
            MemoryMebibytes = 8192,
            MemoryUsedMebibytes = 2048,
            Instances = 5,
            LastHeardAt = OrcRun.Noon.AddSeconds(-1),
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["zone"] = "b", ["disk"] = "ssd" },
        };

    public static LineView Line { get; } =
        new()
        {
            Name = "checkoutservice",
            Service = "checkoutservice",
            Cron = "0 14 * * TUE,THU",
            Zone = "Europe/Berlin",
            Channel = "stable",
            Route = ["staging", "prod"],
            NextTrain = "checkoutservice/119",
            NextDeparture = OrcRun.Noon.AddMinutes(17),
        };

    public static VersionView Version(string version, DateTimeOffset publishedAt) =>
        new()
        {
            Service = "checkoutservice",
            Version = version,
            Channel = "stable",
            Image = "checkout@sha256:aa",
            Digest = "sha256:aa",
            PublishedBy = "ana",
            PublishedAt = publishedAt,
        };

    public static InstanceView Instance(string id, string version, string host) =>
        new()
        {
            Id = id,
            Service = "checkoutservice",
            Stage = "prod",
            Version = version,
            Host = host,
            Generation = 1,
            State = "Ready",
            Reason = "",
            Address = "127.0.0.1:40011",
            Restarts = 0,
        };

    public static VerdictView Verdict(long requests, long errors) =>
        new()
        {
            Outcome = "continue",
            Reason = "needs more requests",
            CanaryRequests = requests,
            CanaryErrors = errors,
            ControlRequests = requests * 9,
            ControlErrors = errors * 9,
            RegressionEvidence = 0.42,
            RegressionLimit = 100,
            AcceptanceEvidence = 3.5,
            AcceptanceLimit = 20,
            Metrics =
            [
                new MetricView
                {
                    Name = "errors",
                    Seen = "errors 0.5 % v 0.5 % on 200 v 1,800 requests",
                    Samples = requests,
                    Refused = 0,
                    LastRefusal = "",
                    RegressionEvidence = 0.42,
                    RegressionLimit = 100,
                    AcceptanceEvidence = 3.5,
                    AcceptanceLimit = 20,
                    Noise = "requests are taken for independent",
                    Canary = "0.5 %",
                    Control = "0.5 %",
                    On = "200 v 1,800 requests",
                    State = "undecided",
                },
            ],
        };
}
