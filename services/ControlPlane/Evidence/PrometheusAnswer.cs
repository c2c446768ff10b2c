using System.Globalization;
using System.Text.Json;

namespace Orchestrator.ControlPlane.Evidence;

/// <summary>Instant queries of Prometheus' HTTP API (<c>/api/v1/query</c>).</summary>
internal static class PrometheusAnswer
{
    /// <param name="maxAge">A series whose newest point is older counts as gone.</param>
    public static string AddressOf(string url, string query, DateTimeOffset now, TimeSpan maxAge)
    {
        var time = (now.ToUnixTimeMilliseconds() / 1000.0).ToString("F3", CultureInfo.InvariantCulture);
        var lookback = maxAge.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);
        return $"{url.TrimEnd('/')}/api/v1/query?query={Uri.EscapeDataString(query)}&time={time}&lookback_delta={lookback}s";
    }

    /// <summary>One number: a scalar, or a vector of one. Two series mean that the query does not add them up.</summary>
    /// <param name="version">That was asked for; a series that says it is of another one is no number.</param>
    public static Reading Read(JsonElement answer, string version)
    {
        if (Text(answer, "status") != "success")
        {
            return new Reading.None($"it says: {Provider.Short(Text(answer, "error") ?? "no success")}");
        }

        var data = answer.GetProperty("data");
        var result = data.GetProperty("result");
        return Text(data, "resultType") switch
        {
            "scalar" => NumberOf(result),
            "vector" when result.GetArrayLength() == 0 => new Reading.None("it has no such series now"),
            "vector" when result.GetArrayLength() == 1 => OtherVersion.Refuse(result[0], "metric", version)
                ?? NumberOf(result[0].GetProperty("value")),
            "vector" => new Reading.None(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the query gives {result.GetArrayLength()} series, not one: add them up"
                )
            ),
            var type => new Reading.None($"the query gives a {type}, not a number"),
        };
    }

    /// <param name="point">A time, and a number as text.</param>
    private static Reading NumberOf(JsonElement point) =>
        double.TryParse(point[1].GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? new Reading.Number(value)
            : new Reading.None($"it says {Provider.Short(point[1].GetString() ?? "nothing")}, which is no number");

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
