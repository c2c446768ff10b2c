using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Metrics;
using Orchestrator.Gateway.Routing;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

public sealed class MetricsTests
{
    private const string Cart = "stage=\"prod\",service=\"cart\",version=\"1.0.0\"";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_counted_is_there_for_Prometheus_and_stays_there()
    {
        await using var backend = await Backend.StartAsync(
            "a",
            context =>
            {
                context.Response.StatusCode = int.Parse(context.Request.Path.Value![1..], CultureInfo.InvariantCulture);
                return Task.CompletedTask;
            }
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(7, new VersionRoute("1.0.0", 100, [backend.Endpoint])));
        foreach (var status in new[] { 200, 404, 500 })
        {
            using var drawn = await gateway.SendAsync(HttpMethod.Get, $"/prod/cart/{status}");
        }

        using var named = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/200", ("X-Orc-Version", "1.0.0"));
        using var unknown = await gateway.SendAsync(HttpMethod.Get, "/prod/other/");
        // The counts of a request are there a moment after its answer, and samples take nothing away from them.
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 3);

        using var response = await gateway.Http.GetAsync(gateway.Metrics, Token);
        var lines = (await response.Content.ReadAsStringAsync(Token)).Split('\n');

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Contains("orc_gateway_table_revision 7", lines);
        Assert.Contains($"orc_gateway_requests_total{{{Cart},by=\"draw\",outcome=\"answered\"}} 2", lines);
        Assert.Contains($"orc_gateway_requests_total{{{Cart},by=\"draw\",outcome=\"failed\"}} 1", lines);
        Assert.Contains($"orc_gateway_requests_total{{{Cart},by=\"name\",outcome=\"answered\"}} 1", lines);
        Assert.Contains(
            $"orc_gateway_request_duration_seconds_count{{{Cart},by=\"draw\",outcome=\"failed\"}} 1",
            lines
        );
        Assert.Contains($"orc_gateway_endpoints{{{Cart},state=\"used\"}} 1", lines);
        Assert.Contains($"orc_gateway_endpoints{{{Cart},state=\"spared\"}} 0", lines);
        Assert.Contains($"orc_gateway_requests_in_flight{{{Cart}}} 0", lines);
        Assert.Contains("orc_gateway_refused_total{code=\"route_unknown\"} 1", lines);
    }

    [Fact]
    public void A_histogram_counts_what_is_below_each_bound()
    {
        var router = new Router(new FakeTimeProvider(), new HeartbeatBell());
        router.Apply(ATable(1, new VersionRoute("1.0.0", 100, [new RouteEndpoint("a", "127.0.0.1:8080")])));
        var traffic = router.Read().Versions.Single().Traffic;
        foreach (var milliseconds in new[] { 1, 3, 15_000 })
        {
            traffic.Count(TimeSpan.FromMilliseconds(milliseconds), isError: false, isNamed: false, isToldApart: false);
        }

        var lines = new MetricsPage(router, new AnswerCounts()).Write().Split('\n');

        const string name = "orc_gateway_request_duration_seconds";
        const string labels = $"{Cart},by=\"draw\",outcome=\"answered\"";
        foreach (var (bound, count) in new[] { ("0.001", 1), ("0.002", 1), ("0.005", 2), ("10", 2), ("+Inf", 3) })
        {
            Assert.Contains($"{name}_bucket{{{labels},le=\"{bound}\"}} {count}", lines);
        }

        Assert.Contains($"{name}_count{{{labels}}} 3", lines);
        Assert.Contains($"{name}_sum{{{labels}}} 15.004", lines);
    }

    [Fact]
    public void Names_cannot_end_their_own_quotes()
    {
        var router = new Router(new FakeTimeProvider(), new HeartbeatBell());
        router.Apply(ATable(1, new VersionRoute("a\"b\\c\nd", 100, [new RouteEndpoint("a", "127.0.0.1:8080")])));

        Assert.Contains(
            "version=\"a\\\"b\\\\c\\nd\"",
            new MetricsPage(router, new AnswerCounts()).Write(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Metrics_are_neither_among_the_services_nor_services_among_the_metrics()
    {
        await using var backend = await Backend.StartAsync(
            "a",
            context => context.Response.WriteAsync("service", Token)
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        using var callers = await gateway.SendAsync(HttpMethod.Get, "/metrics");
        using var metrics = await gateway.Http.GetAsync(new Uri(gateway.Metrics, "/prod/cart/"), Token);

        await Problems.AssertAsync(callers, HttpStatusCode.NotFound, "route_unknown");
        Assert.Equal(HttpStatusCode.NotFound, metrics.StatusCode);
        Assert.Equal(0, backend.Requests);
    }
}
