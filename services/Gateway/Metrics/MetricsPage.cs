using System.Globalization;
using System.Text;
using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Routing;
using Orchestrator.Gateway.Traffic;

namespace Orchestrator.Gateway.Metrics;

/// <summary>
/// What the gateway counted since it started, in Prometheus' text format 0.0.4. Written when it is asked for, from the
/// counts that the samples are made of: a request pays for neither.
/// </summary>
internal sealed class MetricsPage(Router router, AnswerCounts answers)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const decimal MillisecondsPerSecond = 1_000;

    private static readonly string[] Bounds =
    [
        .. TrafficSample.LatencyBoundsMilliseconds.Select(bound =>
            ((decimal)bound / MillisecondsPerSecond).ToString(CultureInfo.InvariantCulture)
        ),
        "+Inf",
    ];

    public string Write()
    {
        var state = router.Read();
        var page = new StringBuilder();
        Gauge(page, "orc_gateway_table_epoch", "Epoch of the route table that is served; 0 without one.", state.Epoch);
        Gauge(page, "orc_gateway_table_revision", "Revision of the route table that is served.", state.Revision);
        Requests(page, state.Versions);
        Durations(page, state.Versions);
        Endpoints(page, state.Versions);
        Describe(
            page,
            "orc_gateway_refused_total",
            "counter",
            "Requests that the gateway answered itself, by the code of its answer."
        );
        foreach (var (code, count) in answers.Read())
        {
            page.Append(CultureInfo.InvariantCulture, $"orc_gateway_refused_total{{code=\"{code}\"}} {count}\n");
        }

        return page.ToString();
    }

    private static void Requests(StringBuilder page, IReadOnlyList<VersionState> versions)
    {
        const string name = "orc_gateway_requests_total";
        Describe(
            page,
            name,
            "counter",
            "Attempts at instances: drawn by weight or named by the caller; answered, or failed by the instance."
        );
        foreach (var (labels, histogram) in versions.SelectMany(Histograms))
        {
            page.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {histogram.Read().Sum()}\n");
        }
    }

    private static void Durations(StringBuilder page, IReadOnlyList<VersionState> versions)
    {
        const string name = "orc_gateway_request_duration_seconds";
        Describe(
            page,
            name,
            "histogram",
            "From the attempt until the end of the answer, or until a connection is upgraded."
        );
        foreach (var (labels, histogram) in versions.SelectMany(Histograms))
        {
            var sum = histogram.Sum.TotalSeconds;
            var total = 0L;
            foreach (var (bound, count) in Bounds.Zip(histogram.Read()))
            {
                total += count;
                page.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"{bound}\"}} {total}\n");
            }

            page.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{labels}}} {Number(sum)}\n");
            page.Append(CultureInfo.InvariantCulture, $"{name}_count{{{labels}}} {total}\n");
        }
    }

    private static void Endpoints(StringBuilder page, IReadOnlyList<VersionState> versions)
    {
        Describe(
            page,
            "orc_gateway_endpoints",
            "gauge",
            "Instances of the table: used, or spared for what they answered."
        );
        foreach (var version in versions)
        {
            var labels = Labels(version.Traffic.Key);
            page.Append(
                CultureInfo.InvariantCulture,
                $"orc_gateway_endpoints{{{labels},state=\"used\"}} {version.Used}\n"
            );
            page.Append(
                CultureInfo.InvariantCulture,
                $"orc_gateway_endpoints{{{labels},state=\"spared\"}} {version.Spared}\n"
            );
        }

        Describe(
            page,
            "orc_gateway_requests_in_flight",
            "gauge",
            "Requests at instances now, also at those that left the table."
        );
        foreach (var version in versions)
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"orc_gateway_requests_in_flight{{{Labels(version.Traffic.Key)}}} {version.InFlight}\n"
            );
        }
    }

    private static IEnumerable<(string Labels, LatencyHistogram Histogram)> Histograms(VersionState version)
    {
        var labels = Labels(version.Traffic.Key);
        yield return ($"{labels},by=\"draw\",outcome=\"answered\"", version.Traffic.Answered);
        yield return ($"{labels},by=\"draw\",outcome=\"failed\"", version.Traffic.Failed);
        yield return ($"{labels},by=\"name\",outcome=\"answered\"", version.Traffic.NamedAnswered);
        yield return ($"{labels},by=\"name\",outcome=\"failed\"", version.Traffic.NamedFailed);
    }

    private static void Gauge(StringBuilder page, string name, string help, long value)
    {
        Describe(page, name, "gauge", help);
        page.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    private static void Describe(StringBuilder page, string name, string type, string help) =>
        page.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static string Labels(VersionKey key) =>
        $"stage=\"{Escape(key.Stage)}\",service=\"{Escape(key.Service)}\",version=\"{Escape(key.Version)}\"";

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
