using System.Text.Json.Serialization;
using Orchestrator.Samples.Load;

namespace Orchestrator.Samples;

/// <summary>What a request is answered with; <see cref="Error"/> is empty for a 200.</summary>
internal sealed record Answer(
    string Service,
    string Version,
    string Instance,
    IReadOnlyList<CallOutcome> Calls,
    string Error
);

/// <summary>How a call to a downstream service went; a status of 0 means that no answer came.</summary>
internal sealed record CallOutcome(string Service, int Status, string Error)
{
    [JsonIgnore]
    public bool HasFailed => Status is < 200 or >= 400;
}

/// <summary>What <c>POST /sample</c> takes; what is absent stays as it is, and another version's order is refused.</summary>
internal sealed record ChaosOrder(int? ErrorPercent, int? DelayMilliseconds, string? Version);

internal sealed record Refusal(string Error);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(Chaos))]
[JsonSerializable(typeof(ChaosOrder))]
[JsonSerializable(typeof(LoadReport))]
[JsonSerializable(typeof(Refusal))]
internal sealed partial class SampleJson : JsonSerializerContext;
