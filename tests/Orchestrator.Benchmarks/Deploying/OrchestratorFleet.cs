using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Benchmarks.Deploying;

/// <summary>The embedded program with one host, asked over its API.</summary>
internal sealed class OrchestratorFleet : IDeployed
{
    private const string Service = "bench";
    private const string Ready = "Ready";

    private static readonly TimeSpan StartWithin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    /// <summary>The most frequent timetable that there can be.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>A request made so long before a departure boards it: there is no other way that does not wait for one.</summary>
    private static readonly TimeSpan BeforeDeparture = TimeSpan.FromMilliseconds(100);

    private readonly BenchSite _site;
    private readonly Process _program;
    private readonly HttpClient _http;

    private OrchestratorFleet(BenchSite site, Process program, HttpClient http) =>
        (_site, _program, _http) = (site, program, http);

    /// <param name="runtime"><c>oci</c> or <c>docker</c>.</param>
    public static async Task<OrchestratorFleet> StartAsync(BenchSite site, string runtime)
    {
        var name = $"{runtime}-{Guid.NewGuid().ToString("N")[..8]}";
        var data = site.DataDirectory(runtime);
        var program = site.Start(
            name,
            Programs.Embedded,
            "--data",
            data,
            "--listen",
            "http://127.0.0.1:0",
            "--gateway",
            "http://127.0.0.1:0",
            "--runtime",
            runtime,
            "--docker-socket",
            site.Socket,
            "--images",
            site.Images,
            "--cpu",
            "16000"
        );
        await BenchSite.UntilAsync(
            $"orchestrator runs:\n{site.ReadLog(name)}",
            Stopwatch.GetTimestamp(),
            StartWithin,
            () => Task.FromResult(site.ReadLog(name).Contains("orc status", StringComparison.Ordinal))
        );
        var http = new HttpClient { BaseAddress = new Uri(Read("address")) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Read("admin-token"));
        return new OrchestratorFleet(site, program, http);

        string Read(string file) => File.ReadAllText(Path.Combine(data, file)).Trim();
    }

    public async Task<TimeSpan> DeployAsync()
    {
        await PostAsync("/v1/apply", new ApplyRequest { Files = [new ManifestFile("bench.yaml", Manifest())] });
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

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _site.StopAsync(_program);
    }

    private static async Task BeforeNextDepartureAsync()
    {
        var wait = Period - TimeSpan.FromTicks(DateTimeOffset.UtcNow.Ticks % Period.Ticks) - BeforeDeparture;
        await Task.Delay(wait > TimeSpan.Zero ? wait : wait + Period);
    }

    private Task PublishAsync(string version, int round) =>
        PostAsync(
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

    private async Task PostAsync<T>(string path, T body)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidDataException($"{path}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private async Task<TimeSpan> UntilAsync(string what, long start, Func<IReadOnlyList<InstanceView>, bool> isSo) =>
        await BenchSite.UntilAsync(what, start, Within, async () => isSo(await InstancesAsync()));

    private async Task<IReadOnlyList<InstanceView>> InstancesAsync() =>
        (await _http.GetFromJsonAsync<Page<InstanceView>>(new Uri("/v1/instances", UriKind.Relative)))!.Items;

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
