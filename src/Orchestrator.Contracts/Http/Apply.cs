namespace Orchestrator.Contracts.Http;

/// <summary>POST /v1/apply and, changing nothing, /v1/diff.</summary>
public sealed record ApplyRequest
{
    public required IReadOnlyList<ManifestFile> Files { get; init; }

    /// <summary>From an earlier diff: refused with <c>plan_stale</c> if the state has moved since. Null applies to whatever is there.</summary>
    public string? PlanId { get; init; }
}

/// <summary>One file, with one or more YAML documents.</summary>
public sealed record ManifestFile(string File, string Text);

/// <param name="PlanId">Names these changes against this state.</param>
public sealed record ApplyResult(string PlanId, IReadOnlyList<ObjectChange> Changes);

/// <param name="Action"><c>created</c>, <c>updated</c> or <c>unchanged</c>.</param>
/// <param name="Differences">Each <c>path: before → after</c>; empty unless updated.</param>
public sealed record ObjectChange(string Kind, string Name, string Action, IReadOnlyList<string> Differences);
