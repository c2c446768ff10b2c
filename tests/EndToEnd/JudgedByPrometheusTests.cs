using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using Orchestrator.EndToEnd.Support;
using Orchestrator.Tests.Shared;

namespace Orchestrator.EndToEnd;

/// <summary>
/// Rollouts that nothing but a real Prometheus judges, which scrapes the gateway: the embedded program, instances and users are real
/// too.
/// </summary>
public sealed class JudgedByPrometheusTests
{
    private const string Service = "shop";

    /// <summary>Many times what it takes on an idle machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_good_canary_is_promoted_a_bad_one_goes_back_and_without_Prometheus_it_is_held()
    {
        Assert.SkipWhen(PrometheusServer.Find() is null, "Prometheus is not installed (no prometheus on the PATH).");
        var metrics = $"http://127.0.0.1:{Site.FreePort()}";
        await using var prometheus = PrometheusServer.Start(metrics);
        await using var fleet = await EmbeddedFleet.StartAsync(
            "--prometheus",
            prometheus.Url,
            "--gateway-metrics",
            metrics
        );
        await fleet.ProveAsync(async () =>
        {
            var file = fleet.Site.PathOf("shop.yaml");
            await File.WriteAllTextAsync(file, Manifest(fleet.Site.Image), TestContext.Current.CancellationToken);
            await fleet.Admin.RunAsync("apply", "-f", file);
            await ReachesAsync(fleet, "1.0.0", "Succeeded");
            await using var load = Load.Start(fleet.Site.Directory, "load", fleet.Site.Gateway, Service);

            await fleet.Admin.RunAsync("publish", Service, "1.1.0");
            var good = await ReachesAsync(fleet, "1.1.0", "Succeeded");
            var failed = Assert.Single(good.Verdict!.Metrics);
            Assert.Equal(("failed", "pass"), (failed.Name, good.Verdict.Outcome));

            await fleet.Admin.RunAsync("publish", Service, "1.2.0");
            await ReachesAsync(fleet, "1.2.0", "Baking");
            await SpoilAsync(fleet, "1.2.0");
            var bad = await ReachesAsync(fleet, "1.2.0", "RolledBack");
            Assert.StartsWith("failed ", bad.Reason, StringComparison.Ordinal);
            Assert.Contains("e-value", bad.Reason, StringComparison.Ordinal);

            await fleet.Admin.RunAsync("publish", Service, "1.3.0");
            await ReachesAsync(fleet, "1.3.0", "Baking");
            await prometheus.KillAsync();
            // It is bad now, but nobody can know.
            await SpoilAsync(fleet, "1.3.0");
            var held = await ReachesAsync(fleet, "1.3.0", "Held");
            Assert.StartsWith("no verdict in time: ", held.Reason, StringComparison.Ordinal);
            Assert.Contains("cannot be reached", held.Verdict!.Metrics[0].LastRefusal, StringComparison.Ordinal);
            await fleet.Admin.RunAsync("verdict", "replay", good.Id);
            await fleet.Admin.RunAsync("verdict", "replay", bad.Id);
            await fleet.Admin.RunAsync("verdict", "replay", held.Id);
            await load.StopAsync();
            Assert.Equal(0, await fleet.StopAsync());
        });
    }

    /// <summary>Waits for the rollout to be in the phase; fails at once when it has ended in another.</summary>
    private static Task<RolloutView> ReachesAsync(EmbeddedFleet fleet, string version, string phase) =>
        Eventually.FindAsync(
            $"{Service} {version} is {phase}",
            Patience,
            async () =>
            {
                var rollout = await fleet.View.RolloutAsync(Service, version, "prod");
                Assert.False(
                    rollout is { IsFinished: true } && rollout.Phase != phase,
                    $"{version} is {rollout?.Phase}: {rollout?.Reason}"
                );
                return rollout?.Phase == phase ? rollout : null;
            }
        );

    /// <summary>Nine of ten requests of the version fail from now on.</summary>
    private static async Task SpoilAsync(EmbeddedFleet fleet, string version)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{fleet.Site.Gateway}/prod/{Service}/sample")
        {
            Headers = { { "x-orc-version", version } },
            Content = JsonContent.Create(new { errorPercent = 90, version }),
        };
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>
    /// Every fourth request fails, so that both arms have something to be compared by. The minimum keeps a canary from passing by
    /// what was seen before Prometheus is killed.
    /// </summary>
    private static string Manifest(SampleImage image) =>
        $$$"""
            apiVersion: orchestrator/v1
            kind: Team
            metadata:
              name: shop
            ---
            apiVersion: orchestrator/v1
            kind: Pool
            metadata:
              name: default
            spec: {}
            ---
            apiVersion: orchestrator/v1
            kind: Service
            metadata:
              name: {{{Service}}}
              team: shop
            spec:
              template:
                image: {{{image.Reference}}}
                command: [/app/sample]
                env:
                  SAMPLE_ERROR_PERCENT: "25"
                resources:
                  requests: {cpu: 100m, memory: 64Mi}
                  limits: {cpu: 200m, memory: 128Mi}
                port: 50051
                health: {path: /healthz, interval: 500ms}
                stopGrace: 5s
            ---
            apiVersion: orchestrator/v1
            kind: Version
            metadata:
              service: {{{Service}}}
              version: 1.0.0
            spec:
              channel: stable
            ---
            apiVersion: orchestrator/v1
            kind: Line
            metadata:
              service: {{{Service}}}
            spec:
              timetable:
                cron: 0/10 * * * * ?
                zone: Europe/Berlin
              boarding:
                channel: stable
              route:
                - stage: prod
                  count: 2
                  canary:
                    maxSurge: 1
                    steps:
                      - {instances: 1, weight: 50, bake: 15s, judgeWithin: 60s}
                  judge:
                    errors: false
                    metrics:
                      - name: failed
                        minimumSamples: 500
                        query:
                          provider: prometheus
                          every: 5s
                          text: >-
                            sum(increase(orc_gateway_requests_total{service="{{service}}",stage="{{stage}}",version="{{version}}",outcome="failed"}[5s]))
                          total: >-
                            sum(increase(orc_gateway_requests_total{service="{{service}}",stage="{{stage}}",version="{{version}}"}[5s]))
            """;
}
