using System.Collections;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Ids of rollouts in order, found by service and stage without looking through all of them.</summary>
internal sealed class RolloutSet(IEnumerable<RolloutId> initial) : IEnumerable<RolloutId>
{
    private readonly SortedSet<RolloutId> _all = [.. initial];
    private Dictionary<DeploymentKey, SortedSet<RolloutId>>? _byDeployment;

    public int Count => _all.Count;

    /// <summary>Those at that stage of a service.</summary>
    public IEnumerable<RolloutId> At(DeploymentKey deployment) =>
        Index().TryGetValue(deployment, out var ids) ? ids : Enumerable.Empty<RolloutId>();

    public void Add(RolloutId id)
    {
        if (_all.Add(id) && _byDeployment is not null)
        {
            Add(_byDeployment, id);
        }
    }

    public void Remove(RolloutId id)
    {
        if (_all.Remove(id) && _byDeployment is not null && _byDeployment.TryGetValue(KeyOf(id), out var ids))
        {
            ids.Remove(id);
        }
    }

    public void Clear()
    {
        _all.Clear();
        _byDeployment = null;
    }

    public void UnionWith(IEnumerable<RolloutId> others)
    {
        _all.UnionWith(others);
        _byDeployment = null;
    }

    public void ExceptWith(IEnumerable<RolloutId> others)
    {
        _all.ExceptWith(others);
        _byDeployment = null;
    }

    public IEnumerator<RolloutId> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Dictionary<DeploymentKey, SortedSet<RolloutId>> Index()
    {
        if (_byDeployment is null)
        {
            _byDeployment = [];
            foreach (var id in _all)
            {
                Add(_byDeployment, id);
            }
        }

        return _byDeployment;
    }

    private static void Add(Dictionary<DeploymentKey, SortedSet<RolloutId>> index, RolloutId id)
    {
        if (!index.TryGetValue(KeyOf(id), out var ids))
        {
            index[KeyOf(id)] = ids = [];
        }

        ids.Add(id);
    }

    /// <summary>A line has the name of its service.</summary>
    private static DeploymentKey KeyOf(RolloutId id) => new(id.Train.Line, id.Stage);
}
