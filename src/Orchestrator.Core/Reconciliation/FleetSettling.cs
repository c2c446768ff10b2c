using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Lets a fleet that exists only here come to rest: the real decisions, and hosts that at once do what they are told.
/// Nothing departs and nothing times out meanwhile, for time stands still.
/// </summary>
internal sealed class FleetSettling(CellDraft draft, DateTimeOffset now)
{
    /// <summary>A host that drains moves one instance of a deployment in three rounds; nobody asks about thousands.</summary>
    private const int MaxRounds = 10_000;

    /// <summary>Instances looked at in all rounds: some seconds' worth.</summary>
    private const long MaxLooks = 10_000_000;

    /// <summary>Trains that are open when it begins stay where they are.</summary>
    private readonly ImmutableArray<TrainKey> _standing = [.. draft.OpenTrains];

    private readonly Dictionary<DeploymentKey, DeploymentPeak> _peaks = [];
    private int _rounds;
    private long _looks;

    /// <summary>Whether it was stopped before it came to rest.</summary>
    public bool IsCutOff => _rounds >= MaxRounds || _looks >= MaxLooks;

    /// <summary>The most that existed at once since <see cref="Watch"/>; null where nothing happened.</summary>
    public DeploymentPeak? PeakOf(DeploymentKey key) => _peaks.GetValueOrDefault(key);

    public void Watch() => _peaks.Clear();

    /// <summary>What is already on its way on every host arrives.</summary>
    public void Begin()
    {
        foreach (var host in draft.Hosts.Rows.ToList())
        {
            if (host is { LostSince: null, ReturnedAt: not null })
            {
                draft.Put(host with { ReturnedAt = null });
            }

            Obey(host.Id);
        }

        Run();
    }

    public void Run()
    {
        while (!IsCutOff && (Round() || TryAgain()))
        {
            _rounds++;
        }
    }

    /// <summary>Who found nobody to preempt tries again after a while, and here no while passes.</summary>
    private bool TryAgain()
    {
        if (draft.PreemptedInVain.Count == 0)
        {
            return false;
        }

        draft.PreemptedInVain.Clear();
        return Round();
    }

    /// <summary>Whether anything happened.</summary>
    private bool Round()
    {
        draft.OpenTrains.ExceptWith(_standing); // A train that is put, for the room that it keeps, is open again.
        var decision = CellMachine.Decide(draft, [], now);
        var assigned = decision.Commands.OfType<CellCommand.Assign>().Select(command => command.Host).ToList();
        var touched = assigned
            .SelectMany(draft.InstancesOn)
            .Select(instance => new DeploymentKey(instance.Service, instance.Stage))
            .ToHashSet();
        foreach (var key in touched)
        {
            NotePeak(key);
        }

        assigned.ForEach(Obey);
        return decision.HasMore || assigned.Count > 0 || !decision.Entries.IsEmpty;
    }

    private void NotePeak(DeploymentKey key)
    {
        var there = DeploymentPeak.Of(draft, key);
        _looks += there.Instances;
        _peaks[key] = _peaks.TryGetValue(key, out var peak) ? peak.Or(there) : there;
    }

    /// <summary>The host runs what it was assigned and no longer runs what it was not.</summary>
    private void Obey(HostId id)
    {
        if (draft.Hosts[id].LostSince is not null)
        {
            return;
        }

        foreach (var instance in draft.InstancesOn(id))
        {
            _looks++;
            switch (instance)
            {
                case { Phase: InstancePhase.Stopping or InstancePhase.Lost }:
                    draft.Remove(instance);
                    break;
                case { Phase: InstancePhase.Active, Observed.State: ObservedState.Unknown or ObservedState.Starting }:
                    draft.Put(instance with { Observed = Observation.None with { State = ObservedState.Ready } });
                    break;
            }
        }
    }
}

/// <summary>How many instances of a deployment exist, in whatever phase, and the room they take.</summary>
internal sealed record DeploymentPeak(int Instances, Resources Room)
{
    public static DeploymentPeak Of(CellDraft draft, DeploymentKey key)
    {
        var there = draft.InstancesOf(key).Where(instance => instance.Phase is not InstancePhase.Lost).ToList();
        return new(there.Count, there.Aggregate(default(Resources), (sum, instance) => sum + instance.Demand));
    }

    /// <summary>The larger of both in each respect.</summary>
    public DeploymentPeak Or(DeploymentPeak other) => new(Math.Max(Instances, other.Instances), Most(Room, other.Room));

    /// <summary>What is above both ends; nothing is negative.</summary>
    public DeploymentPeak Above(DeploymentPeak before, DeploymentPeak after)
    {
        var ends = before.Or(after);
        return new(Math.Max(0, Instances - ends.Instances), Most(Room, ends.Room) - ends.Room);
    }

    private static Resources Most(Resources left, Resources right) =>
        new(Math.Max(left.CpuMillicores, right.CpuMillicores), Math.Max(left.MemoryMebibytes, right.MemoryMebibytes));
}
