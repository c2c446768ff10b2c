using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>
/// The fleet with moves tried on it. The room that an instance leaves stays taken until the wave ends, so that the moves of
/// a wave fit in any order, and while both stand. At the end all is put back.
/// </summary>
internal sealed class RebalanceBoard : IDisposable
{
    /// <summary>Some microseconds each: so that a plan takes less than a second however hopeless it is.</summary>
    public const int MaxTries = 100_000;

    /// <summary>Each remembers a dozen bytes a host.</summary>
    private const int MaxSpecs = 256;

    private readonly PlacementFleet _fleet;
    private readonly RebalanceAsk _ask;
    private readonly Func<HostId, IReadOnlyList<Resident>> _residents;
    private readonly NeededNeighbours _needed;
    private readonly Dictionary<PlacementRequest, PlacementSpec> _specs = new(ReferenceEqualityComparer.Instance);
    private readonly List<Step> _steps = [];
    private readonly HashSet<InstanceId> _moved = [];
    private readonly Dictionary<int, Resources> _blocked = [];
    private readonly Resources[] _used;
    private int _freed;

    public RebalanceBoard(
        PlacementFleet fleet,
        RebalanceAsk ask,
        IReadOnlyList<RebalanceGroup> groups,
        Func<HostId, IReadOnlyList<Resident>> residents
    )
    {
        (_fleet, _ask, _residents, _needed) = (fleet, ask, residents, new NeededNeighbours(groups));
        _used = new Resources[Hosts.Count];
        var own = ImmutableArray.CreateBuilder<int>();
        for (var slot = 0; slot < Hosts.Count; slot++)
        {
            var capacity = Hosts[slot].Capacity;
            _used[slot] = new Resources(capacity.CpuMillicores, capacity.MemoryMebibytes) - Flat(Hosts.FreeOf(slot));
            if (IsOwn(slot))
            {
                own.Add(slot);
            }
            else
            {
                Block(slot);
            }
        }

        Own = own.ToImmutable();
    }

    public HostColumns Hosts => _fleet.Columns;

    /// <summary>The hosts it is about, that can be heard.</summary>
    public ImmutableArray<int> Own { get; }

    public int Tries { get; private set; }

    public bool HasTries => Tries < MaxTries;

    public int Left => _ask.MostMoves - _steps.Count;

    public int MoveCount => _steps.Count;

    /// <summary>Of the last move.</summary>
    public int LastTarget => _steps[^1].To;

    public int Wave { get; private set; } = 1;

    public ImmutableArray<RebalanceMove> Moves =>
        [
            .. _steps.Select(step => new RebalanceMove(
                step.Resident.Id,
                Hosts[step.From].Id,
                Hosts[step.To].Id,
                step.Wave,
                step.Why
            )),
        ];

    /// <summary>What is on a host and was not moved here or away.</summary>
    public List<Resident> ResidentsOn(int slot) =>
        [.. _residents(Hosts[slot].Id).Where(resident => !_moved.Contains(resident.Id))];

    /// <summary>Whether it takes nothing, or nothing but what is everywhere.</summary>
    public bool IsEmpty(int slot, IReadOnlyList<Resident> residents) =>
        residents.All(resident => resident.Kind == ResidentKind.Everywhere) && IsAllOf(slot, residents);

    /// <summary>Whether nothing else is taken there, such as room that is kept for somebody.</summary>
    public bool IsAllOf(int slot, IReadOnlyList<Resident> residents) =>
        residents.Aggregate(default(Resources), (sum, resident) => sum + Flat(resident.Holding)) == _used[slot];

    /// <summary>Thousandths of the scarcer of CPU and memory, once the moves are made.</summary>
    public int FullnessOf(int slot) => FullnessOf(slot, _used[slot]);

    /// <summary>The same with one more on it.</summary>
    public int FullnessWith(int slot, Resources more) => FullnessOf(slot, _used[slot] + Flat(more));

    /// <summary>From now on nothing is moved there.</summary>
    public void Block(int slot)
    {
        var free = Hosts.FreeOf(slot);
        var all = new Resources(Math.Max(0, free.CpuMillicores) + 1, Math.Max(0, free.MemoryMebibytes) + 1);
        _blocked.Add(slot, all);
        _fleet.Take(Hosts[slot].Id, all);
    }

    public void Unblock(int slot)
    {
        _blocked.Remove(slot, out var all);
        _fleet.Take(Hosts[slot].Id, default(Resources) - all);
    }

    /// <summary>As placement would have it, or packed.</summary>
    public PlacementSpec SpecOf(PlacementGroup group, PlacementRequest request)
    {
        if (!_specs.TryGetValue(request, out var spec))
        {
            if (_specs.Count == MaxSpecs)
            {
                _specs.Clear();
            }

            var asked = _ask.Goal == RebalanceGoal.Pack ? request with { Weights = PlacementWeights.BinPack } : request;
            _specs[request] = spec = new PlacementSpec(asked, group);
        }

        return spec;
    }

    public (int Worst, long Excess) SkewOf(RebalanceGroup group) =>
        group.Request.Rules.Spreads.IsEmpty ? (0, 0) : _fleet.SkewOf(SpecOf(group.Group, group.Request), 0, 0);

    /// <summary>
    /// Where placement would put it beside itself, if nothing is worse there once it has left. -1 when there is no such host.
    /// </summary>
    /// <param name="from">Must be blocked.</param>
    public int FindTarget(in Resident resident, int from)
    {
        var spec = SpecOf(resident.Group, resident.Request);
        var to = Choose(spec);
        if (to < 0 || IsAsGood(spec, from, to) || spec.Domains.IsEmpty)
        {
            return to >= 0 && IsAsGood(spec, from, to) ? to : -1;
        }

        // The best place beside itself is no good without it: so the best without it, if it may stand there beside itself.
        var id = Hosts[from].Id;
        _fleet.Count(id, resident.Group, more: -1);
        to = Choose(spec);
        _fleet.Count(id, resident.Group, more: 1);
        return to >= 0 && _fleet.SlotFor(spec, Hosts[to].Id).Points() >= 0 && IsAsGood(spec, from, to) ? to : -1;
    }

    public void Move(in Resident resident, int from, int to, string why)
    {
        var spec = SpecOf(resident.Group, resident.Request);
        var holding = _fleet.HoldingOf(spec, Hosts[to].Id);
        _fleet.Take(Hosts[to].Id, holding);
        Recount(resident.Group, from, to);
        _used[to] += Flat(holding);
        _used[from] -= Flat(resident.Holding);
        _moved.Add(resident.Id);
        _steps.Add(new Step(resident, from, to, holding, Wave, why));
    }

    /// <summary>Takes back the last moves of the wave.</summary>
    public void Undo(int toCount)
    {
        while (_steps.Count > toCount)
        {
            var step = _steps[^1];
            _steps.RemoveAt(_steps.Count - 1);
            _fleet.Take(Hosts[step.To].Id, default(Resources) - step.Holding);
            Recount(step.Resident.Group, step.To, step.From);
            _used[step.To] -= Flat(step.Holding);
            _used[step.From] += Flat(step.Resident.Holding);
            _moved.Remove(step.Resident.Id);
        }
    }

    /// <summary>What its moves left is free from here on.</summary>
    public void EndWave()
    {
        Wave++;
        for (; _freed < _steps.Count; _freed++)
        {
            var step = _steps[_freed];
            _fleet.Take(Hosts[step.From].Id, default(Resources) - step.Resident.Holding);
        }
    }

    /// <summary>The fleet is again as it was.</summary>
    public void Dispose()
    {
        for (; _freed > 0; _freed--)
        {
            var step = _steps[_freed - 1];
            _fleet.Take(Hosts[step.From].Id, step.Resident.Holding);
        }

        Undo(toCount: 0);
        foreach (var slot in _blocked.Keys.ToList())
        {
            Unblock(slot);
        }
    }

    public (SpreadState Rule, int Domain)? WorstDomain(RebalanceGroup group) =>
        _fleet.WorstDomain(SpecOf(group.Group, group.Request));

    /// <summary>Of a group, on one host.</summary>
    public int CountOn(int slot, PlacementGroup group) => _fleet.CountsOf(group).On(slot);

    /// <summary>Where the group is.</summary>
    public ReadOnlySpan<int> SlotsOf(PlacementGroup group) => _fleet.CountsOf(group).Slots;

    /// <summary>How much of what is beyond its spread rules a move would end; negative when it adds to it.</summary>
    public long GainOf(in Resident resident, int from, int to)
    {
        var spec = SpecOf(resident.Group, resident.Request);
        return _fleet.SkewOf(spec, 0, 0).Excess - _fleet.SkewOf(spec, from, to).Excess;
    }

    private int Choose(PlacementSpec spec)
    {
        Tries++;
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        return _fleet.Choose(spec, refusals).Host is { } host ? Hosts.SlotOf(host) : -1;
    }

    private bool IsAsGood(PlacementSpec spec, int from, int to) =>
        _needed.MayLeave(_fleet, spec.Group, from, to)
        && (
            spec.Request.Rules.Spreads.IsEmpty
            || _fleet.SkewOf(spec, from, to).Excess <= _fleet.SkewOf(spec, 0, 0).Excess
        );

    private void Recount(PlacementGroup group, int from, int to)
    {
        _fleet.Count(Hosts[to].Id, group, more: 1);
        _fleet.Count(Hosts[from].Id, group, more: -1);
    }

    private bool IsOwn(int slot)
    {
        var host = Hosts[slot];
        return host is { LostSince: null, ReturnedAt: null, Availability: not Fleet.HostAvailability.Draining }
            && _ask.Selector.All(wanted =>
                string.Equals(host.Labels.GetValueOrDefault(wanted.Key), wanted.Value, StringComparison.Ordinal)
            );
    }

    private int FullnessOf(int slot, Resources used)
    {
        var (cpu, memory) = (Hosts.CapacityCpu[slot], Hosts.CapacityMemory[slot]);
        return (int)
            Math.Max(
                (long)PlacementFleet.MaxScore * used.CpuMillicores / cpu,
                (long)PlacementFleet.MaxScore * used.MemoryMebibytes / memory
            );
    }

    private static Resources Flat(Resources of) => new(of.CpuMillicores, of.MemoryMebibytes);

    private readonly record struct Step(Resident Resident, int From, int To, Resources Holding, int Wave, string Why);
}
