using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>All instances of a cell, immutable, ordered by service, stage and number. What did not change is shared with the table before.</summary>
public sealed class InstanceTable
{
    public static readonly InstanceTable Empty = new(ImmutableSortedDictionary<DeploymentKey, InstanceRun>.Empty);

    private readonly Lazy<Dictionary<HostId, List<(InstanceRun Run, long Number)>>> _byHost;

    internal InstanceTable(ImmutableSortedDictionary<DeploymentKey, InstanceRun> runs)
    {
        Runs = runs;
        Count = runs.Values.Sum(run => run.Count);
        _byHost = new(ByHost);
    }

    public int Count { get; }

    /// <summary>Each made as it is asked for.</summary>
    public IEnumerable<Instance> Values => Runs.Values.SelectMany(In);

    internal ImmutableSortedDictionary<DeploymentKey, InstanceRun> Runs { get; }

    public static InstanceTable From(IEnumerable<Instance> instances)
    {
        var draft = new InstanceDraft(Empty);
        foreach (var instance in instances)
        {
            draft.Put(instance);
        }

        return draft.ToTable();
    }

    /// <summary>Null if it is not there.</summary>
    public Instance? Find(InstanceId id)
    {
        var key = new DeploymentKey(id.Service, id.Stage);
        return Runs.TryGetValue(key, out var run) && run.TryGet(id.Number, out var row) ? row.ToInstance(key) : null;
    }

    public IEnumerable<Instance> Of(DeploymentKey key) => Runs.TryGetValue(key, out var run) ? In(run) : [];

    /// <summary>The first call for a table looks through all of it; those that follow do not.</summary>
    public IEnumerable<Instance> On(HostId host) =>
        _byHost.Value.TryGetValue(host, out var places)
            ? places.Select(place =>
                place.Run.TryGet(place.Number, out var row)
                    ? row.ToInstance(place.Run.Key)
                    : throw new KeyNotFoundException($"{place.Run.Key} has no instance {place.Number}.")
            )
            : [];

    private static IEnumerable<Instance> In(InstanceRun run)
    {
        foreach (var block in run.Blocks)
        {
            for (var index = 0; index < block.Count; index++)
            {
                yield return block.Rows[index].ToInstance(run.Key);
            }
        }
    }

    private Dictionary<HostId, List<(InstanceRun Run, long Number)>> ByHost()
    {
        var byHost = new Dictionary<HostId, List<(InstanceRun Run, long Number)>>();
        foreach (var run in Runs.Values)
        {
            foreach (var block in run.Blocks)
            {
                foreach (ref readonly var row in block.Rows)
                {
                    if (!byHost.TryGetValue(row.Host, out var places))
                    {
                        byHost[row.Host] = places = [];
                    }

                    places.Add((run, row.Number));
                }
            }
        }

        return byHost;
    }
}
