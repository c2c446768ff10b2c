using System.Collections.Immutable;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Something that could be done to a fleet, to be planned and not done.</summary>
public abstract record FleetChange
{
    private FleetChange() { }

    /// <summary>As applying them would, with new versions rolled out along their lines.</summary>
    public sealed record Manifests(ManifestSet Set) : FleetChange;

    /// <param name="Count">From 1.</param>
    public sealed record Scale(ServiceName Service, StageName Stage, int Count) : FleetChange;

    /// <summary>The version's way through every stage of its line, as if judge and people agreed to it.</summary>
    public sealed record Publish(PublishOrder Order) : FleetChange;

    /// <summary>All at once; instance by instance, as draining does.</summary>
    public sealed record Drain(ImmutableArray<HostId> Hosts) : FleetChange;

    /// <summary>All at once, with everything that they run.</summary>
    public sealed record Lose(ImmutableArray<HostId> Hosts) : FleetChange;
}
