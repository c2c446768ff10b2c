using System.Collections.Immutable;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Manifests;

/// <summary>One file as it was written: YAML with one or more documents, or JSON. The name is only shown.</summary>
public sealed record ManifestText(string File, string Text);

/// <summary>What reading files comes to.</summary>
public abstract record ManifestReading
{
    private ManifestReading() { }

    /// <summary>Each object is complete and valid by itself, with defaults filled in; sorted by name within a kind.</summary>
    public sealed record Accepted(ManifestSet Manifests, ManifestPlaces Places) : ManifestReading;

    /// <param name="Errors">Not empty, in order of file and place; at most <see cref="ManifestLimits.MaxErrors"/> and one that counts the rest.</param>
    public sealed record Rejected(ImmutableArray<ManifestError> Errors) : ManifestReading;
}

/// <summary>One thing wrong in one place.</summary>
public sealed record ManifestError
{
    public required string File { get; init; }

    /// <summary>From 1; 0 if the error has no place in the file.</summary>
    public required int Line { get; init; }

    /// <summary>From 1; 0 if the error has no place in the file.</summary>
    public required int Column { get; init; }

    /// <summary>Such as <c>spec.route[0].count</c>; empty if it is about the document or the file.</summary>
    public required string Path { get; init; }

    /// <summary>Stable, one of <see cref="ManifestErrorCodes"/>.</summary>
    public required string Code { get; init; }

    public required string Message { get; init; }

    /// <summary>What to do about it.</summary>
    public required string Hint { get; init; }
}
