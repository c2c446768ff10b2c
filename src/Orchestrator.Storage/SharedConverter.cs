using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Storage;

/// <summary>
/// Reads what is stored alike as one object, and writes an object once. A train has the stages of its line and a rollout one of
/// them, and versions of a service have much the same template: a hundred thousand rows hold few that differ.
/// </summary>
/// <param name="whole">How each is read and written by itself.</param>
internal sealed class SharedConverter<T>(JsonSerializerOptions whole) : JsonConverter<T>
    where T : class
{
    /// <summary>With one more, all are forgotten: what is read after that is shared among itself.</summary>
    private const int MostKnown = 4_096;

    private readonly ConcurrentDictionary<string, T> _read = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<T, byte[]> _written = [];
    private int _known;

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var text = document.RootElement.GetRawText();
        if (_read.TryGetValue(text, out var known))
        {
            return known;
        }

        var read =
            JsonSerializer.Deserialize<T>(text, whole) ?? throw new JsonException($"null is no {typeof(T).Name}.");
        if (Interlocked.Increment(ref _known) > MostKnown)
        {
            _read.Clear();
            _known = 1;
        }

        return _read.GetOrAdd(text, read);
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteRawValue(
            _written.GetValue(value, each => JsonSerializer.SerializeToUtf8Bytes(each, whole)),
            skipInputValidation: true
        );
}
