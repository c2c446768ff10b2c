using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Orchestrator.Samples.Load;

/// <summary>
/// Writes a report as JSON and, beside it with the ending <c>.counters</c>, as <c>key=value</c> lines for a shell. Each
/// is replaced whole, so a reader never sees half of one.
/// </summary>
internal static class ReportFile
{
    public static async Task WriteAsync(string path, LoadReport report, CancellationToken cancellationToken)
    {
        await ReplaceAsync(
            path,
            JsonSerializer.SerializeToUtf8Bytes(report, SampleJson.Default.LoadReport),
            cancellationToken
        );
        await ReplaceAsync(
            Path.ChangeExtension(path, ".counters"),
            Encoding.UTF8.GetBytes(ToCounters(report)),
            cancellationToken
        );
    }

    /// <summary>Times are Unix milliseconds, empty where there is none; targets are numbered from 1.</summary>
    public static string ToCounters(LoadReport report)
    {
        var text = new StringBuilder();
        Line("started_at", report.StartedAt.ToUnixTimeMilliseconds());
        Line("at", report.At.ToUnixTimeMilliseconds());
        Line("sent", report.Sent);
        Line("ok", report.Ok);
        Line("failed", report.Failed);
        Line("dropped", report.Dropped);
        Line("in_flight", report.InFlight);
        Line("p50_ms", report.P50Milliseconds);
        Line("p99_ms", report.P99Milliseconds);
        Line("first_failed_at", report.FirstFailedAt?.ToUnixTimeMilliseconds());
        Line("last_failed_at", report.LastFailedAt?.ToUnixTimeMilliseconds());
        foreach (var (index, target) in report.Targets.Index())
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"target.{index + 1}");
            Line($"{prefix}.url", target.Url);
            Line($"{prefix}.ok", target.Ok);
            Line($"{prefix}.failed", target.Failed);
            foreach (var version in target.Versions)
            {
                Line($"{prefix}.version.{version.Version}.ok", version.Ok);
                Line($"{prefix}.version.{version.Version}.failed", version.Failed);
            }
        }
        return text.ToString();

        void Line(string key, object? value) => text.Append(CultureInfo.InvariantCulture, $"{key}={value}\n");
    }

    private static async Task ReplaceAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        var next = path + ".next";
        await File.WriteAllBytesAsync(next, content, cancellationToken);
        File.Move(next, path, overwrite: true);
    }
}
