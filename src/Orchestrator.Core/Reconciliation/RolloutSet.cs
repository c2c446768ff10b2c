using System.Collections;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Ids of rollouts in order, found by service and stage without looking through all of them.</summary>
internal sealed class RolloutSet : IEnumerable<RolloutId>
{
    private readonly SortedSet<RolloutId> _all = [];
    private readonly Dictionary<DeploymentKey, SortedSet<RolloutId>> _byDeployment = [];

    public RolloutSet(IEnumerable<Rollout> rollouts) => UnionWith(rollouts);

    /// <summary>The first at that stage of a service; null if there is none.</summary>
    public RolloutId? FirstAt(DeploymentKey deployment) => _byDeployment.GetValueOrDefault(deployment)?.Min;

    /// <summary>Those at that stage of a service.</summary>
    public IEnumerable<RolloutId> At(DeploymentKey deployment) =>
        _byDeployment.TryGetValue(deployment, out var ids) ? ids : Enumerable.Empty<RolloutId>();

    /// <summary>As they are now, for who changes the set on the way.</summary>
    public RolloutId[] ToArray()
    {
        var ids = new RolloutId[_all.Count];
        _all.CopyTo(ids);
        return ids;
    }

    public void Add(Rollout rollout)
    {
        if (!_byDeployment.TryGetValue(KeyOf(rollout), out var ids))
        {
            _byDeployment[KeyOf(rollout)] = ids = [];
        }

        if (ids.Add(rollout.Id))
        {
            _all.Add(rollout.Id);
        }
    }

    public void Remove(Rollout rollout)
    {
        if (_all.Remove(rollout.Id))
        {
            _byDeployment[KeyOf(rollout)].Remove(rollout.Id);
        }
    }

    public void Clear()
    {
        _all.Clear();
        _byDeployment.Clear();
    }

    public void UnionWith(IEnumerable<Rollout> others)
    {
        foreach (var rollout in others)
        {
            Add(rollout);
        }
    }

    public void ExceptWith(IEnumerable<Rollout> others)
    {
        foreach (var rollout in others)
        {
            Remove(rollout);
        }
    }

    public IEnumerator<RolloutId> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static DeploymentKey KeyOf(Rollout rollout) => new(rollout.Service, rollout.Stage.Name);
}
