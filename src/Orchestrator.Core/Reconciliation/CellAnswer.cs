using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What the asker of an input hears, once the decision is durable.</summary>
public abstract record CellAnswer
{
    private CellAnswer() { }

    /// <summary>Done; <paramref name="Subject"/> is the id of what changed.</summary>
    public sealed record Accepted(string Subject, string Message) : CellAnswer;

    public sealed record Applied(string PlanId, ImmutableArray<ManifestChange> Changes) : CellAnswer;

    /// <param name="IsNew">False when the same content was there already.</param>
    /// <param name="Train">The train it is to board; null if it may not board the one that boards now, or there is none.</param>
    public sealed record Published(ServiceVersion Version, bool IsNew, TrainId? Train, DateTimeOffset? DepartsAt)
        : CellAnswer;

    /// <summary>Nothing has changed. <paramref name="Code"/> is stable.</summary>
    public sealed record Refused(RefusalKind Kind, string Code, string Message, string Hint) : CellAnswer
    {
        /// <summary>Each thing that is wrong with manifests; empty for everything else.</summary>
        public ImmutableArray<RefusedPlace> Places { get; init; } = [];
    }
}

public enum RefusalKind
{
    /// <summary>No such object.</summary>
    NotFound,

    /// <summary>It contradicts what is there.</summary>
    Conflict,

    /// <summary>It is wrong in itself.</summary>
    Invalid,

    /// <summary>The asker may not.</summary>
    Forbidden,
}

/// <param name="Subject">Such as <c>Service/cartservice</c>.</param>
public sealed record RefusedPlace(string Subject, string Path, string Code, string Message, string Hint);

public sealed record ManifestChange(
    string Kind,
    string Name,
    ManifestAction Action,
    ImmutableArray<string> Differences
);

public enum ManifestAction
{
    Unchanged,
    Created,
    Updated,
}
