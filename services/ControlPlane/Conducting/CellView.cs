using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Conducting;

/// <summary>What is stored of a cell, as this replica last knew it. Immutable: hold on to one while answering a request.</summary>
public sealed record CellView
{
    internal static readonly CellView Unknown = new()
    {
        Cell = Cell.Empty,
        Epoch = 0,
        IsLeading = false,
        LastHeard = ImmutableDictionary<HostId, DateTimeOffset>.Empty,
        At = DateTimeOffset.MinValue,
        Version = 0,
    };

    public required Cell Cell { get; init; }

    /// <summary>Of the lease it was decided under; 0 while this replica has not led yet.</summary>
    public required long Epoch { get; init; }

    /// <summary>Whether this replica decides. If not, what it shows may be some seconds old: see <see cref="At"/>.</summary>
    public required bool IsLeading { get; init; }

    /// <summary>Hosts that were heard since this replica leads.</summary>
    public required ImmutableDictionary<HostId, DateTimeOffset> LastHeard { get; init; }

    /// <summary>When it was true; <see cref="DateTimeOffset.MinValue"/> before anything was read.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Grows whenever the cell changes or leadership does, and not when time just passes.</summary>
    public required long Version { get; init; }
}
