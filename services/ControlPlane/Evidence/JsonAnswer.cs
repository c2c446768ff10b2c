using System.Globalization;
using System.Text.Json;

namespace Orchestrator.ControlPlane.Evidence;

/// <summary>
/// A number as JSON, or an object with a <c>value</c>, and perhaps the time <c>at</c> which it was so and the <c>version</c> of which.
/// </summary>
internal static class JsonAnswer
{
    public static Reading Read(JsonElement answer, string version, DateTimeOffset now, TimeSpan maxAge)
    {
        if (OtherVersion.Refuse(answer, version) is { } refused)
        {
            return refused;
        }

        var value = answer.ValueKind == JsonValueKind.Object ? Find(answer, "value") : answer;
        if (
            value is not { ValueKind: JsonValueKind.Number } number
            || !number.TryGetDouble(out var read)
            || !double.IsFinite(read)
        )
        {
            return new Reading.None("its answer is no number, and has no 'value' that is one");
        }

        if (answer.ValueKind != JsonValueKind.Object || Find(answer, "at") is not { } told)
        {
            return new Reading.Number(read);
        }

        if (told.ValueKind != JsonValueKind.String || !told.TryGetDateTimeOffset(out var at))
        {
            return new Reading.None("its 'at' is no time, such as 2026-03-01T12:00:00Z");
        }

        var age = now - at;
        if (age < -maxAge)
        {
            return new Reading.None("its number is from the future");
        }

        return age > maxAge
            ? new Reading.None(
                string.Create(CultureInfo.InvariantCulture, $"its number is {age.TotalSeconds:F0} s old")
            )
            : new Reading.Number(read);
    }

    private static JsonElement? Find(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var found) ? found : null;
}
