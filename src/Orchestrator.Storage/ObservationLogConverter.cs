using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Core.Judging;

namespace Orchestrator.Storage;

/// <summary>A log without its pages, which are stored by themselves: whoever reads it adds them.</summary>
internal sealed class ObservationLogConverter : JsonConverter<ObservationLog>
{
    public override ObservationLog Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ObservationLog.Of(JsonSerializer.Deserialize<ImmutableArray<MetricObservation>>(ref reader, options), pages: 0);

    public override void Write(Utf8JsonWriter writer, ObservationLog value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var observation in value.Tail)
        {
            JsonSerializer.Serialize(writer, observation, options);
        }

        writer.WriteEndArray();
    }
}
