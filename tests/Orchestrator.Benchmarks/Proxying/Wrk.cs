using System.Globalization;
using System.Text.RegularExpressions;
using Orchestrator.Benchmarks.Deploying;

namespace Orchestrator.Benchmarks.Proxying;

/// <summary>What one run of wrk measured.</summary>
internal sealed record WrkRun(double RequestsPerSecond, double P50Milliseconds, double P99Milliseconds);

/// <summary>wrk of the distribution, asking for each service in turn on connections that it keeps.</summary>
internal sealed partial class Wrk
{
    /// <summary>Enough to keep two cores busy, and few enough that latency is more than waiting in a queue.</summary>
    public const int Connections = 32;

    private const double MicrosecondsPerMillisecond = 1_000;
    private const double MicrosecondsPerSecond = 1_000_000;

    private readonly BenchSite _site;
    private readonly string _script;

    private Wrk(BenchSite site, string script) => (_site, _script) = (site, script);

    public static async Task<Wrk> CreateAsync(BenchSite site, int services)
    {
        var script = Path.Combine(site.Directory, $"ask-{services}.lua");
        await File.WriteAllTextAsync(
            script,
            $$"""
            local service = 0
            request = function()
              service = (service + 1) % {{services}}
              return wrk.format("GET", "/prod/s" .. service .. "/x")
            end
            done = function(summary, latency, requests)
              local errors = summary.errors
              print(string.format(
                "RESULT %d %d %d %d %d",
                summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
                errors.connect + errors.read + errors.write + errors.status + errors.timeout))
            end
            """
        );
        return new Wrk(site, script);
    }

    /// <exception cref="InvalidDataException">A request failed: then nothing was measured.</exception>
    public async Task<WrkRun> RunAsync(int port, TimeSpan duration)
    {
        var output = await _site.RunAsync(
            BenchSite.FindTool("wrk"),
            [
                "-t1",
                string.Create(CultureInfo.InvariantCulture, $"-c{Connections}"),
                string.Create(CultureInfo.InvariantCulture, $"-d{duration.TotalSeconds:0}s"),
                "-s",
                _script,
                string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            ]
        );
        var match = Result().Match(output);
        if (!match.Success || match.Groups["errors"].Value != "0")
        {
            throw new InvalidDataException($"Requests failed, or wrk said something unexpected:\n{output}");
        }

        return new WrkRun(
            Read("requests") * MicrosecondsPerSecond / Read("duration"),
            Read("p50") / MicrosecondsPerMillisecond,
            Read("p99") / MicrosecondsPerMillisecond
        );

        double Read(string name) => double.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(
        @"RESULT (?<requests>\d+) (?<duration>\d+) (?<p50>\d+) (?<p99>\d+) (?<errors>\d+)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Result();
}
