using System.Diagnostics;
using System.Globalization;
using Orchestrator.Benchmarks.Deploying;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Benchmarks.Proxying;

/// <summary>The embedded program with one host and a service of the sample program, which other versions replace.</summary>
internal sealed class LoadedFleet : IAsyncDisposable
{
    public const string Stage = "prod";

    private const string Service = "bench";
    private const int Count = 4;

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(3);

    private readonly EmbeddedProgram _program;

    private LoadedFleet(EmbeddedProgram program) =>
        (_program, Url) = (program, $"{GatewayIn(program.Log)}/{Stage}/{Service}/");

    /// <summary>The service, through the gateway.</summary>
    public string Url { get; }

    public static async Task<LoadedFleet> StartAsync(BenchSite site)
    {
        var images = Path.Combine(site.Directory, "images");
        var image = await PackAsync(site, images);
        var program = await EmbeddedProgram.StartAsync(site, "fleet", "process", ["--images", images]);
        await program.PostAsync(
            "/v1/apply",
            new ApplyRequest { Files = [new ManifestFile("bench.yaml", Manifest(image.Trim()))] }
        );
        return new LoadedFleet(program);
    }

    /// <param name="errorPercent">Of the requests that it answers with 500.</param>
    public Task PublishAsync(string version, int errorPercent) =>
        _program.PostAsync(
            $"/v1/services/{Service}/versions",
            new PublishRequest
            {
                Version = version,
                Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["SAMPLE_ERROR_PERCENT"] = errorPercent.ToString(CultureInfo.InvariantCulture),
                },
            }
        );

    public Task RollBackAsync(string version) =>
        _program.PostAsync($"/v1/deployments/{Service}/{Stage}/rollback", new RollbackRequest { Version = version });

    /// <summary>All traffic goes to the version, all of its instances are ready, and there are no others any more.</summary>
    public Task UntilAloneAsync(string version) =>
        UntilAsync(
            $"{version} runs alone",
            deployment =>
                deployment.CurrentVersion == version
                && deployment.Versions.Where(each => each is not { Running: 0, Desired: 0, WeightPercent: 0 }).ToList()
                    is [{ Ready: Count, Running: Count, WeightPercent: 100 } alone]
                && alone.Version == version
        );

    public Task UntilSharedAsync(string version) =>
        UntilAsync(
            $"{version} gets traffic",
            deployment => deployment.Versions.Any(each => each.Version == version && each.WeightPercent > 0)
        );

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static Task<string> PackAsync(BenchSite site, string images) =>
        site.RunAsync("/bin/bash", [Path.Combine(Programs.Repository, "services", "Samples", "pack.sh"), images]);

    /// <summary>It prints where its parts listen.</summary>
    private static string GatewayIn(string log) =>
        log.Split('\n')
            .Single(line => line.StartsWith("gateway ", StringComparison.Ordinal))
            .Split(' ')[^1]
            .Replace("/STAGE/SERVICE/", "", StringComparison.Ordinal)
            .Trim();

    private async Task UntilAsync(string what, Func<DeploymentView, bool> isSo) =>
        await BenchSite.UntilAsync(
            what,
            Stopwatch.GetTimestamp(),
            Within,
            async () =>
            {
                var page = await _program.GetAsync<Page<DeploymentView>>("/v1/deployments");
                return page.Items.SingleOrDefault() is { } deployment && isSo(deployment);
            }
        );

    private static string Manifest(string image) =>
        $$"""
            apiVersion: orchestrator/v1
            kind: Service
            metadata: {name: {{Service}}, team: bench}
            spec:
              template:
                image: {{image}}
                command: [/app/sample]
                resources:
                  requests: {cpu: 100m, memory: 64Mi}
                port: 5050
                health: {path: /healthz, interval: 500ms}
                stopGrace: 10s
            ---
            apiVersion: orchestrator/v1
            kind: Line
            metadata: {service: {{Service}}}
            spec:
              timetable: {cron: "0/5 * * * * ?", zone: UTC}
              route:
                - stage: {{Stage}}
                  count: {{Count}}
                  canary:
                    steps:
                      - {instances: 1, weight: 10, bake: 5s, minimumRequests: 500, judgeWithin: 1m}
                      - {instances: 2, weight: 50, bake: 5s, minimumRequests: 500, judgeWithin: 1m}
            """;
}
