using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// An instance as the cell keeps it: what it has in common with others is shared, what follows from where the row is (service
/// and stage) is not in it, so that a million of them are a few large arrays.
/// </summary>
/// <param name="Number">The last part of its id.</param>
/// <param name="PlacedAtTicks">UTC.</param>
internal readonly record struct InstanceRow(
    long Number,
    HostId Host,
    InstanceMake Make,
    InstancePhase Phase,
    Observation Observed,
    long PlacedAtTicks,
    int Generation
)
{
    public bool IsReady => Phase is InstancePhase.Active && Observed.State == ObservedState.Ready;

    public Instance ToInstance(DeploymentKey key) =>
        new()
        {
            Id = InstanceId.Of(key.Service, key.Stage, Number),
            Service = key.Service,
            Stage = key.Stage,
            Version = Make.Version,
            Host = Host,
            Generation = Generation,
            Demand = Make.Demand,
            Phase = Phase,
            Observed = Observed,
            PlacedAt = new DateTimeOffset(PlacedAtTicks, TimeSpan.Zero),
        };
}

/// <summary>What instances of a version have in common.</summary>
internal sealed record InstanceMake(SemanticVersion Version, Resources Demand);
