using System.Diagnostics;
using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Benchmarks.Deploying;

/// <summary>The embedded program with one host, asked over its API.</summary>
internal sealed class OrchestratorFleet : IDeployed
{
    private const string Service = "bench";
    private const string Ready = "Ready";

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    /// <summary>The most frequent timetable that there can be.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>A request made so long before a departure boards it: there is no other way that does not wait for one.</summary>
    private static readonly TimeSpan BeforeDeparture = TimeSpan.FromMilliseconds(100);

    private readonly BenchSite _site;
    private readonly EmbeddedProgram _program;

    private OrchestratorFleet(BenchSite site, EmbeddedProgram program) => (_site, _program) = (site, program);

    /// <param name="runtime"><c>oci</c> or <c>docker</c>.</param>
    public static async Task<OrchestratorFleet> StartAsync(BenchSite site, string runtime) =>
        new(
            site,
            await EmbeddedProgram.StartAsync(
                site,
                $"{runtime}-{Guid.NewGuid().ToString("N")[..8]}",
                runtime,
                ["--docker-socket", site.Socket, "--images", site.Images]
            )
        );

    public async Task<TimeSpan> DeployAsync()
    {
        await _program.PostAsync(
            "/v1/apply",
            new ApplyRequest { Files = [new ManifestFile("bench.yaml", Manifest())] }
        );
        await BeforeNextDepartureAsync();
        var start = Stopwatch.GetTimestamp();
        await PublishAsync("1.0.0", round: 1);
        return await UntilAsync(
            "all are ready",
            start,
            instances => instances.Count == DeployTwenty.Count && instances.All(instance => instance.State == Ready)
        );
    }

    public async Task<TimeSpan> RollAsync()
    {
        const string version = "1.1.0";
        await BeforeNextDepartureAsync();
        var start = Stopwatch.GetTimestamp();
        await PublishAsync(version, round: 2);
        return await UntilAsync(
            "all are ready anew",
            start,
            instances =>
                instances.Count == DeployTwenty.Count
                && instances.All(instance => instance.State == Ready && instance.Version == version)
        );
    }

    public async Task<TimeSpan> ReplaceAsync()
    {
        var victim = (await InstancesAsync())[0];
        var marker = $"ORC_INSTANCE={victim.Id}\0";
        var process = Process
            .GetProcesses()
            .Select(each => each.Id)
            .Order()
            .First(id => EnvironmentOf(id).Contains(marker, StringComparison.Ordinal));
        var start = Stopwatch.GetTimestamp();
        BenchSite.Kill(process);
        return await UntilAsync(
            "it is ready again",
            start,
            instances =>
                instances.Count == DeployTwenty.Count
                && instances.All(instance => instance.State == Ready)
                && instances.Single(instance => instance.Id == victim.Id).Restarts == victim.Restarts + 1
        );
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static async Task BeforeNextDepartureAsync()
    {
        var wait = Period - TimeSpan.FromTicks(DateTimeOffset.UtcNow.Ticks % Period.Ticks) - BeforeDeparture;
        await Task.Delay(wait > TimeSpan.Zero ? wait : wait + Period);
    }

    private Task PublishAsync(string version, int round) =>
        _program.PostAsync(
            $"/v1/services/{Service}/versions",
            new PublishRequest
            {
                Version = version,
                Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["ROUND"] = round.ToString(CultureInfo.InvariantCulture),
                },
            }
        );

    private async Task<TimeSpan> UntilAsync(string what, long start, Func<IReadOnlyList<InstanceView>, bool> isSo) =>
        await BenchSite.UntilAsync(what, start, Within, async () => isSo(await InstancesAsync()));

    private async Task<IReadOnlyList<InstanceView>> InstancesAsync() =>
        (await _program.GetAsync<Page<InstanceView>>("/v1/instances")).Items;

    private static string EnvironmentOf(int processId)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // It has ended.
        }
    }

    private string Manifest() =>
        $$"""
            apiVersion: orchestrator/v1
            kind: Service
            metadata: {name: {{Service}}, team: bench}
            spec:
              template:
                image: {{_site.Image}}
                command: [/bin/sh, -c, "{{DeployTwenty.Script}}"]
                resources:
                  requests: {cpu: 10m, memory: 16Mi}
            ---
            apiVersion: orchestrator/v1
            kind: Line
            metadata: {service: {{Service}}}
            spec:
              timetable: {cron: "0/5 * * * * ?", zone: UTC}
              route:
                - stage: prod
                  count: {{DeployTwenty.Count}}
                  canary: {maxSurge: 0, maxUnavailable: {{DeployTwenty.AtOnce}}}
            """;
}
