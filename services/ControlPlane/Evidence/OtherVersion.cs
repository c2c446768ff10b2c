using System.Text.Json;
using Orchestrator.Core;

namespace Orchestrator.ControlPlane.Evidence;

/// <summary>A number that says it is of another version than was asked for is none: neither arm may get the other's.</summary>
internal static class OtherVersion
{
    private const string Label = "version";

    /// <param name="member">Of the answer, whose <c>version</c> counts.</param>
    public static Reading? Refuse(JsonElement answer, string member, string version) =>
        answer.TryGetProperty(member, out var labels) ? Refuse(labels, version) : null;

    /// <summary>Null where it says nothing of a version, or something that is none of ours.</summary>
    public static Reading? Refuse(JsonElement labels, string version) =>
        labels.ValueKind == JsonValueKind.Object
        && labels.TryGetProperty(Label, out var told)
        && told.ValueKind == JsonValueKind.String
        && SemanticVersion.TryParse(told.GetString(), out var other)
        && other.ToString() != version
            ? new Reading.None($"its number is of version {other}")
            : null;
}
