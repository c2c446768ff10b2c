using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Core.Judging;

namespace Orchestrator.Storage;

/// <summary>
/// Samples as short arrays, because a rollout has a thousand: a letter for the kind, the ticks at which it began (UTC) and that it
/// lasted, and its numbers. Of histograms only buckets that are not empty are written, each with its place.
/// </summary>
internal sealed class MetricSampleConverter : JsonConverter<MetricSample>
{
    private const string Counted = "c";
    private const string Histograms = "h";
    private const string Levels = "l";
    private const string Missing = "m";

    /// <summary>More than any histogram has, so that no text can ask for more memory than it has itself.</summary>
    private const int MostBuckets = 10_000;

    public override MetricSample Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var parts = document.RootElement;
        try
        {
            var from = new DateTimeOffset(parts[1].GetInt64(), TimeSpan.Zero);
            var to = from.AddTicks(parts[2].GetInt64());
            return (parts[0].GetString(), parts.GetArrayLength()) switch
            {
                (Counted, 7) => new MetricSample.Counted(
                    from,
                    to,
                    parts[3].GetInt64(),
                    parts[4].GetInt64(),
                    parts[5].GetInt64(),
                    parts[6].GetInt64()
                ),
                (Histograms, 6) => new MetricSample.Histograms(
                    from,
                    to,
                    Buckets(parts[4], parts[3].GetInt32()),
                    Buckets(parts[5], parts[3].GetInt32())
                ),
                (Levels, 5) => new MetricSample.Levels(from, to, parts[3].GetDouble(), parts[4].GetDouble()),
                (Missing, 4) => new MetricSample.Missing(from, to, parts[3].GetString() ?? ""),
                var (kind, length) => throw new JsonException($"'{kind}' with {length} parts is no sample."),
            };
        }
        catch (Exception exception)
            when (exception
                    is InvalidOperationException
                        or FormatException
                        or ArgumentOutOfRangeException
                        or IndexOutOfRangeException
            )
        {
            throw new JsonException("This is no sample.", exception);
        }
    }

    public override void Write(Utf8JsonWriter writer, MetricSample value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(KindOf(value));
        writer.WriteNumberValue(value.From.UtcTicks);
        writer.WriteNumberValue(value.To.UtcTicks - value.From.UtcTicks);
        switch (value)
        {
            case MetricSample.Counted counted:
                writer.WriteNumberValue(counted.CanaryTotal);
                writer.WriteNumberValue(counted.CanaryHits);
                writer.WriteNumberValue(counted.ControlTotal);
                writer.WriteNumberValue(counted.ControlHits);
                break;
            case MetricSample.Histograms histograms:
                writer.WriteNumberValue(histograms.Canary.Length);
                WriteBuckets(writer, histograms.Canary);
                WriteBuckets(writer, histograms.Control);
                break;
            case MetricSample.Levels levels:
                writer.WriteNumberValue(levels.Canary);
                writer.WriteNumberValue(levels.Control);
                break;
            case MetricSample.Missing missing:
                writer.WriteStringValue(missing.Why);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(value));
        }

        writer.WriteEndArray();
    }

    private static string KindOf(MetricSample sample) =>
        sample switch
        {
            MetricSample.Counted => Counted,
            MetricSample.Histograms => Histograms,
            MetricSample.Levels => Levels,
            _ => Missing,
        };

    private static void WriteBuckets(Utf8JsonWriter writer, ImmutableArray<long> counts)
    {
        writer.WriteStartArray();
        foreach (var (place, count) in counts.Index())
        {
            if (count != 0)
            {
                writer.WriteNumberValue(place);
                writer.WriteNumberValue(count);
            }
        }

        writer.WriteEndArray();
    }

    private static ImmutableArray<long> Buckets(JsonElement written, int length)
    {
        if (length is < 0 or > MostBuckets)
        {
            throw new JsonException($"{length} buckets are no histogram.");
        }

        var counts = new long[length];
        for (var index = 0; index + 1 < written.GetArrayLength(); index += 2)
        {
            counts[written[index].GetInt32()] = written[index + 1].GetInt64();
        }

        return [.. counts];
    }
}
