using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Storage;

/// <summary>
/// Reads what is stored alike as one object. A train has the stages of its line and a rollout one of them, and versions of a service
/// have much the same template: a hundred thousand rows hold few that differ.
/// </summary>
/// <param name="whole">How each is read and written by itself.</param>
internal sealed class SharedConverter<T>(JsonSerializerOptions whole) : JsonConverter<T>
    where T : class
{
    /// <summary>With one more, all are forgotten: what is read after that is shared among itself.</summary>
    private const int MostKnown = 65_536;

    private readonly ConcurrentDictionary<string, T> _read = new(StringComparer.Ordinal);
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
            Forget();
        }

        return _read.GetOrAdd(text, read);
    }

    /// <summary>Whoever has read all there is needs the texts no more.</summary>
    public void Forget()
    {
        _read.Clear();
        _known = 0;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, whole);
}
