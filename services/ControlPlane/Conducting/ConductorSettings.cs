using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Conducting;

/// <summary>Which cell a replica conducts, and how.</summary>
internal sealed record ConductorSettings
{
    /// <summary>As in the names of its queues.</summary>
    public required string Cell { get; init; }

    /// <summary>Who holds the lease; distinct among the replicas of a cell, and the same after a restart.</summary>
    public required string Replica { get; init; }

    /// <summary>Another replica takes over when nothing was heard of this one for so long.</summary>
    public required TimeSpan LeaseFor { get; init; }

    public required CellSettings Core { get; init; }
}
