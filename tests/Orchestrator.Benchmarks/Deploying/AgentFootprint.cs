using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Orchestrator.Contracts.Bus;
using Orchestrator.Messaging;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Benchmarks.Deploying;

/// <summary>The agent as it is installed on hosts, on RabbitMQ, with fifty instances that do nothing.</summary>
internal static class AgentFootprint
{
    private const string Name = "agent";
    private const string Host = "bench";
    private const string Cell = "default";

    /// <summary>Of a broker that listens on loopback alone and is gone in a few minutes.</summary>
    private const string Guest = "guest";

    private const int Instances = 50;
    private const int Rounds = 3;
    private const double BytesPerMebibyte = 1024 * 1024;

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    /// <summary>Until what the start has left behind is collected.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);

    public static IEnumerable<Figure> Measure() => MeasureAsync().GetAwaiter().GetResult();

    private static async Task<List<Figure>> MeasureAsync()
    {
        await using var site = await BenchSite.OpenAsync();
        var program = await PublishAsync(site);
        if (RabbitMqBroker.WhyNot is { } reason)
        {
            throw new InvalidDataException(reason);
        }

        await using var broker = await RabbitMqBroker.StartAsync(default);
        await using var bus = await MessageBus.StartRabbitMqAsync(
            new RabbitMqSettings
            {
                Host = "127.0.0.1",
                Port = broker.Port,
                VirtualHost = "/",
                User = Guest,
                Password = Guest,
            },
            default
        );
        HostReport? newest = null;
        await bus.ReceiveAsync<HostReport>(
            Queues.Conductor(Cell),
            (report, _) =>
            {
                newest = report;
                return Task.CompletedTask;
            },
            default
        );
        var agent = StartAgent(site, program, broker.Port);
        await BenchSite.UntilAsync("the agent reports", Stopwatch.GetTimestamp(), Within, () => Is(newest is not null));

        var starts = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await AssignAsync(revision: (2 * round) + 1, count: 0);
            await BenchSite.UntilAsync(
                "all are gone",
                Stopwatch.GetTimestamp(),
                Within,
                () => Is(newest!.Instances.Count == 0)
            );
            var start = Stopwatch.GetTimestamp();
            await AssignAsync(revision: (2 * round) + 2, Instances);
            var took = await BenchSite.UntilAsync(
                "all are ready",
                start,
                Within,
                () => Is(newest!.Instances.Count(instance => instance.State == InstanceState.Ready) == Instances)
            );
            starts.Add(took.TotalSeconds);
        }

        await Task.Delay(Rest);
        agent.Refresh();
        var before = agent.TotalProcessorTime;
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(Idle);
        agent.Refresh();
        var idle = (agent.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(began) * 100;
        var resident = agent.WorkingSet64 / BytesPerMebibyte;
        await AssignAsync(revision: 2 * Rounds + 1, count: 0);
        await BenchSite.UntilAsync(
            "all are gone",
            Stopwatch.GetTimestamp(),
            Within,
            () => Is(newest!.Instances.Count == 0)
        );

        starts.Sort();
        return
        [
            Of("file_mebibytes", new FileInfo(program).Length / BytesPerMebibyte, "MiB", ""),
            Of("resident_mebibytes", resident, "MiB", ""),
            Of("idle_cpu_percent", idle, "% of a core", $"(over {Idle.TotalSeconds:0} s)"),
            Of(
                "start_50_seconds",
                starts[Rounds / 2],
                "s",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"(median of {Rounds}, {starts[0]:0.00} to {starts[^1]:0.00})"
                )
            ),
        ];

        Task AssignAsync(long revision, int count) =>
            bus.SendAsync(
                Queues.Host(Host),
                new AssignHost
                {
                    HostId = Host,
                    Epoch = 1,
                    Revision = revision,
                    Instances = [.. Enumerable.Range(1, count).Select(number => AnInstance(site.Image, number))],
                },
                default
            );
    }

    private static async Task<string> PublishAsync(BenchSite site)
    {
        var output = Path.Combine(site.Directory, "agent");
        await site.RunAsync(
            "dotnet",
            [
                "publish",
                Path.Combine(Programs.Repository, "services", "HostAgent"),
                "--configuration",
                "Release",
                "--runtime",
                RuntimeInformation.RuntimeIdentifier,
                "--output",
                output,
                // Apart from what the repository's own build has made.
                $"-p:ArtifactsPath={site.Directory}/publish",
                "-p:RunAnalyzers=false",
            ]
        );
        return Path.Combine(output, "orchestrator-agent");
    }

    private static Process StartAgent(BenchSite site, string program, int brokerPort) =>
        site.Start(
            Name,
            "/usr/bin/env",
            $"ORC_Agent__HostId={Host}",
            $"ORC_Agent__DataDirectory={site.DataDirectory("agent")}",
            "ORC_Agent__Runtime=oci",
            $"ORC_Agent__ImageSources__0={site.Images}",
            string.Create(CultureInfo.InvariantCulture, $"ORC_RabbitMq__Port={brokerPort}"),
            program
        );

    private static AssignedInstance AnInstance(string image, int number) =>
        new()
        {
            InstanceId = string.Create(CultureInfo.InvariantCulture, $"bench.prod.{number}"),
            Generation = 1,
            Service = "bench",
            Stage = "prod",
            Version = "1.0.0",
            Image = image,
            Command = ["/bin/sh", "-c", DeployTwenty.Script],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal),
            CpuMillicores = 10,
            CpuLimitMillicores = 0,
            MemoryMebibytes = 16,
            MemoryLimitMebibytes = 0,
            Port = 0,
            StopGraceMilliseconds = 2_000,
        };

    private static Task<bool> Is(bool isSo) => Task.FromResult(isSo);

    private static Figure Of(string metric, double value, string unit, string spread) =>
        new(
            Name,
            metric,
            Math.Round(value, 2),
            unit,
            "published for this machine as one trimmed file; crun and conmon; RabbitMQ; 50 instances of busybox that sleep",
            spread
        );
}
