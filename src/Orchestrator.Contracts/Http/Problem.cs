namespace Orchestrator.Contracts.Http;

/// <summary>application/problem+json (RFC 9457), with a stable code and what to do next.</summary>
public sealed record Problem
{
    public string Type { get; init; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    public string? Detail { get; init; }

    /// <summary>Stable, for programs: <c>manifest_invalid</c>, <c>version_conflict</c>, <c>plan_stale</c> …</summary>
    public required string Code { get; init; }

    public string? Hint { get; init; }

    public IReadOnlyList<ProblemPlace> Errors { get; init; } = [];
}

/// <summary>One thing wrong in one place. Line and column count from 1; 0 when unknown.</summary>
public sealed record ProblemPlace(
    string File,
    int Line,
    int Column,
    string Path,
    string Code,
    string Message,
    string Hint
);
