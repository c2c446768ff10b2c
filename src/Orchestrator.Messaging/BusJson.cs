using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Messaging;

/// <summary>How bus messages look on the wire; <c>schemas/messages</c> is generated from it.</summary>
public static class BusJson
{
    /// <summary>For telemetry, which has no envelope.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Names as in the rest of our JSON; enums by name, so that inserting a state does not renumber the others.</summary>
    internal static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        return options;
    }

    private static JsonSerializerOptions Create()
    {
        var options = Configure(new JsonSerializerOptions { PropertyNameCaseInsensitive = true });
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
