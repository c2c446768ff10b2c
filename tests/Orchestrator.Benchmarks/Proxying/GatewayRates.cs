using System.Globalization;
using Orchestrator.Benchmarks.Deploying;

namespace Orchestrator.Benchmarks.Proxying;

/// <summary>The gateway against what people have before their services, turn by turn on the same machine.</summary>
internal static class GatewayRates
{
    public const string Name = "gateway";

    private const int Rounds = 5;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    public static IEnumerable<Figure> Measure() => MeasureAsync().GetAwaiter().GetResult();

    private static async Task<List<Figure>> MeasureAsync()
    {
        await using var site = BenchSite.OpenPlain();
        var proxies = await Proxies.StartAsync(site);
        var figures = new List<Figure>();
        foreach (var services in new[] { 1, 10, Proxies.MaxServices })
        {
            var wrk = await Wrk.CreateAsync(site, services);
            var rounds = new List<Round>();
            // One more before, which does not count: it warms up.
            for (var round = 0; round <= Rounds; round++)
            {
                rounds.Add(
                    new Round(
                        await wrk.RunAsync(proxies.Nginx, Duration),
                        await wrk.RunAsync(proxies.Gateway, Duration),
                        await wrk.RunAsync(proxies.Haproxy, Duration)
                    )
                );
            }

            figures.AddRange(FiguresOf(services, rounds[1..]));
        }

        return figures;
    }

    private static IEnumerable<Figure> FiguresOf(int services, List<Round> rounds)
    {
        yield return Median(
            "throughput_over_nginx",
            "",
            round => round.Gateway.RequestsPerSecond / round.Nginx.RequestsPerSecond
        );
        yield return Median(
            "throughput_over_haproxy",
            "",
            round => round.Gateway.RequestsPerSecond / round.Haproxy.RequestsPerSecond
        );
        yield return Median(
            "p50_over_nginx_ms",
            "ms",
            round => round.Gateway.P50Milliseconds - round.Nginx.P50Milliseconds
        );
        yield return Median(
            "p99_over_nginx_ms",
            "ms",
            round => round.Gateway.P99Milliseconds - round.Nginx.P99Milliseconds
        );
        yield return Median(
            "p99_over_haproxy_ms",
            "ms",
            round => round.Gateway.P99Milliseconds - round.Haproxy.P99Milliseconds
        );
        yield return Median("requests_per_second", "1/s", round => round.Gateway.RequestsPerSecond);
        yield return Median("requests_per_second_nginx", "1/s", round => round.Nginx.RequestsPerSecond);
        yield return Median("requests_per_second_haproxy", "1/s", round => round.Haproxy.RequestsPerSecond);

        Figure Median(string metric, string unit, Func<Round, double> value)
        {
            var ordered = rounds.Select(value).Order().ToList();
            return new Figure(
                Name,
                metric,
                Math.Round(ordered[ordered.Count / 2], 3),
                unit,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{services} services of one instance each, wrk with {Wrk.Connections} connections for {Duration.TotalSeconds:0} s a turn"
                ),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"(median of {ordered.Count}, {ordered[0]:#,0.###} to {ordered[^1]:#,0.###})"
                )
            );
        }
    }

    private sealed record Round(WrkRun Nginx, WrkRun Gateway, WrkRun Haproxy);
}
