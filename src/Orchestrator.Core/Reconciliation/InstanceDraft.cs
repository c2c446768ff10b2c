using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>The instances of a draft: changed in place, found by id, by deployment and by host, and aware of what the store lacks.</summary>
internal sealed class InstanceDraft
{
    private readonly SortedRows<DeploymentKey, InstanceRun> _runs;
    private readonly Dictionary<DeploymentKey, int> _ordinals = [];
    private readonly List<DeploymentKey> _keys = [];
    private readonly Dictionary<HostId, HostRefs> _onHost = [];
    private readonly HashSet<InstanceRef> _changed = [];
    private readonly HashSet<InstanceRef> _removed = [];
    private object _edit = new();
    private InstanceRun? _lastRun;
    private InstanceMake? _lastMake;

    public InstanceDraft(InstanceTable stored)
    {
        _runs = new SortedRows<DeploymentKey, InstanceRun>(stored.Runs);
        foreach (var run in stored.Runs.Values.ToArray())
        {
            // The ordinals of whoever made the table are not ours.
            var own = _runs[run.Key] = run.ForEdit(_edit, OrdinalOf(run.Key));
            foreach (var block in own.Blocks)
            {
                foreach (ref readonly var row in block.Rows)
                {
                    RefsOn(row.Host).Add(new InstanceRef(own.Ordinal, row.Number));
                }
            }
        }
    }

    public Instance this[InstanceId id] =>
        Find(id) ?? throw new KeyNotFoundException($"There is no instance {id.Value}.");

    /// <summary>Null if it is not there.</summary>
    public Instance? Find(InstanceId id)
    {
        var key = new DeploymentKey(id.Service, id.Stage);
        var run = _lastRun is not null && _lastRun.Key == key ? _lastRun : _runs.Find(key);
        return run is not null && run.TryGet(id.Number, out var row) ? row.ToInstance(key) : null;
    }

    public bool TryGet(InstanceId id, [NotNullWhen(true)] out Instance? instance)
    {
        instance = Find(id);
        return instance is not null;
    }

    /// <summary>Ascending by number.</summary>
    public List<Instance> Of(DeploymentKey key)
    {
        var instances = new List<Instance>();
        foreach (var block in BlocksOf(key))
        {
            foreach (ref readonly var row in block.Rows)
            {
                instances.Add(row.ToInstance(key));
            }
        }

        return instances;
    }

    /// <summary>The same without an object for each: to be looked at before anything is put or removed.</summary>
    public IReadOnlyList<InstanceBlock> BlocksOf(DeploymentKey key) => _runs.TryGet(key, out var run) ? run.Blocks : [];

    /// <summary>Ascending by id.</summary>
    public List<Instance> On(HostId host)
    {
        if (!_onHost.TryGetValue(host, out var refs))
        {
            return [];
        }

        var instances = new List<Instance>(refs.Count);
        foreach (var place in refs.Refs)
        {
            instances.Add(Get(place));
        }

        instances.Sort((left, right) => left.Id.CompareTo(right.Id));
        return instances;
    }

    public void Put(Instance instance)
    {
        var place = Write(instance);
        _changed.Add(place);
        _removed.Remove(place);
    }

    /// <summary>One that is there already, and what it is now follows from what is stored elsewhere.</summary>
    public void PutUnstored(Instance instance) => Write(instance);

    private InstanceRef Write(Instance instance)
    {
        var run = RunOf(new DeploymentKey(instance.Service, instance.Stage));
        var isKnown = run.TryGet(instance.Id.Number, out var before);
        if (isKnown && before.Host != instance.Host)
        {
            throw new UnreachableException($"{instance.Id} changed its host.");
        }

        var refs = RefsOn(instance.Host);
        var place = new InstanceRef(run.Ordinal, instance.Id.Number);
        if (!isKnown)
        {
            refs.Add(place);
        }

        run.Put(
            new InstanceRow(
                instance.Id.Number,
                refs.Host,
                MakeOf(instance, isKnown ? before.Make : _lastMake),
                instance.Phase,
                instance.Observed,
                instance.PlacedAt.UtcTicks,
                instance.Generation
            )
        );
        return place;
    }

    public void Remove(InstanceId id)
    {
        var key = new DeploymentKey(id.Service, id.Stage);
        if (!_runs.TryGet(key, out var run) || !run.TryGet(id.Number, out var row))
        {
            return;
        }

        run = RunOf(key);
        run.Remove(id.Number);
        if (run.Count == 0)
        {
            _runs.Remove(key);
            _lastRun = null;
        }

        var place = new InstanceRef(run.Ordinal, id.Number);
        RefsOn(row.Host).Remove(place);
        _changed.Remove(place);
        _removed.Add(place);
    }

    /// <summary>What is there now; later changes do not reach it.</summary>
    public InstanceTable ToTable()
    {
        _edit = new object();
        return new InstanceTable(_runs.ToImmutable());
    }

    /// <summary>By deployment, in the order in which the draft met them, then by number.</summary>
    public ImmutableArray<Instance> TakeChanged()
    {
        var changed = Sorted(_changed);
        _changed.Clear();
        return ImmutableArray.CreateRange(changed, Get);
    }

    public ImmutableArray<InstanceId> TakeRemoved()
    {
        var removed = Sorted(_removed);
        _removed.Clear();
        return ImmutableArray.CreateRange(
            removed,
            place => InstanceId.Of(_keys[place.Ordinal].Service, _keys[place.Ordinal].Stage, place.Number)
        );
    }

    private static ImmutableArray<InstanceRef> Sorted(HashSet<InstanceRef> places)
    {
        var sorted = places.ToArray();
        Array.Sort(sorted);
        return ImmutableArray.Create(sorted);
    }

    /// <summary>The one that is there already, wherever it is the same.</summary>
    private InstanceMake MakeOf(Instance instance, InstanceMake? made)
    {
        if (made is null || made.Version != instance.Version || made.Demand != instance.Demand)
        {
            made = new InstanceMake(instance.Version, instance.Demand);
        }

        _lastMake = made;
        return made;
    }

    private Instance Get(InstanceRef place)
    {
        var key = _keys[place.Ordinal];
        return _runs[key].TryGet(place.Number, out var row)
            ? row.ToInstance(key)
            : throw new UnreachableException($"{key} has no instance {place.Number}.");
    }

    /// <summary>Most of what is changed one after the other is of one deployment.</summary>
    private InstanceRun RunOf(DeploymentKey key)
    {
        if (_lastRun is null || _lastRun.Key != key || !_lastRun.IsOf(_edit))
        {
            _lastRun = FindRun(key);
        }

        return _lastRun;
    }

    private InstanceRun FindRun(DeploymentKey key)
    {
        var ordinal = OrdinalOf(key);
        if (!_runs.TryGet(key, out var run))
        {
            return _runs[key] = InstanceRun.New(_edit, key, ordinal);
        }

        var own = run.ForEdit(_edit, ordinal);
        if (!ReferenceEquals(own, run))
        {
            _runs[key] = own;
        }

        return own;
    }

    private int OrdinalOf(DeploymentKey key)
    {
        if (!_ordinals.TryGetValue(key, out var ordinal))
        {
            _ordinals[key] = ordinal = _keys.Count;
            _keys.Add(key);
        }

        return ordinal;
    }

    private HostRefs RefsOn(HostId host)
    {
        if (!_onHost.TryGetValue(host, out var refs))
        {
            _onHost[host] = refs = new HostRefs(host);
        }

        return refs;
    }
}
