using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Every host's points for one spec, with the best of each block. Hosts of a block are in the same domains of all domain
/// rules, so what those add or forbid holds for the whole block; and a host that changes costs one block.
/// </summary>
internal sealed class ScoreBlocks
{
    /// <summary>Of the order of the square root of a large fleet, so that refreshing a block and choosing among blocks cost alike.</summary>
    private const int BlockSize = 64;

    private readonly int[] _points;
    private readonly int[] _order;
    private readonly int[] _blockOf;
    private readonly Block[] _blocks;
    private readonly int[] _refusals = new int[Enum.GetValues<RefusalReason>().Length + 1];
    private readonly ImmutableArray<DomainMap> _domains;

    public ScoreBlocks(int hosts, ImmutableArray<DomainMap> domains)
    {
        _domains = domains;
        _points = new int[hosts];
        _blockOf = new int[hosts];
        _order = [.. Enumerable.Range(0, hosts)];
        if (!domains.IsEmpty)
        {
            Array.Sort(_order, CompareByDomains);
        }

        var blocks = new List<Block>();
        for (var at = 0; at < hosts; at++)
        {
            if (
                blocks.Count == 0
                || at - blocks[^1].Start == BlockSize
                || !AreInSameDomains(_order[at - 1], _order[at])
            )
            {
                blocks.Add(new Block { Start = at });
            }

            blocks[^1] = blocks[^1] with { End = at + 1 };
            _blockOf[_order[at]] = blocks.Count - 1;
        }

        _blocks = [.. blocks];
    }

    /// <summary>Up to where of the fleet's log of changes this is current.</summary>
    public long Seen { get; set; }

    /// <summary>As <see cref="Neighbours.Turns"/> was.</summary>
    public long Turns { get; set; }

    public int Feasible { get; private set; }

    public Span<int> Points => _points;

    /// <summary>All points are new.</summary>
    public void Rebuild()
    {
        Array.Clear(_refusals);
        Feasible = 0;
        foreach (var points in _points)
        {
            Count(points, more: 1);
        }

        for (var block = 0; block < _blocks.Length; block++)
        {
            Refresh(block);
        }
    }

    public void Update(int slot, int points)
    {
        if (_points[slot] == points)
        {
            return;
        }

        Count(_points[slot], more: -1);
        Count(points, more: 1);
        _points[slot] = points;
        Refresh(_blockOf[slot]);
    }

    /// <summary>Hosts by the code of the first reason against them, whatever domain rules say.</summary>
    public int Refused(int code) => _refusals[code];

    /// <summary>The best host where there is no domain rule.</summary>
    public (int Slot, int Points) Best()
    {
        var (slot, points) = (-1, -1);
        foreach (ref readonly var block in _blocks.AsSpan())
        {
            // Here blocks are in the order of slots, so the first of equals is the lowest.
            if (block.Points > points)
            {
                (slot, points) = (block.Slot, block.Points);
            }
        }

        return points < 0 ? (-1, -1) : (slot, points);
    }

    /// <param name="judged">By rule and domain, as <see cref="DomainRules.Judge"/> says.</param>
    /// <param name="refusals">By code: gets the hosts that only domain rules refuse.</param>
    public (int Slot, int Points, int Feasible) Best(ReadOnlySpan<int[]> judged, Span<int> refusals)
    {
        var (slot, points, feasible) = (-1, -1, 0);
        foreach (ref readonly var block in _blocks.AsSpan())
        {
            if (block.Points < 0)
            {
                continue;
            }

            var more = MoreOf(_order[block.Start], judged);
            if (more < 0)
            {
                refusals[-more] += block.Feasible;
                continue;
            }

            feasible += block.Feasible;
            if (block.Points + more > points || (block.Points + more == points && block.Slot < slot))
            {
                (slot, points) = (block.Slot, block.Points + more);
            }
        }

        return (slot, points, feasible);
    }

    /// <summary>What domain rules add to a host's points, or the negative code of the first rule that refuses it.</summary>
    public int MoreOf(int slot, ReadOnlySpan<int[]> judged)
    {
        var more = 0;
        for (var rule = 0; rule < judged.Length; rule++)
        {
            var ofRule = judged[rule][_domains[rule][slot]];
            if (ofRule < 0)
            {
                return ofRule;
            }

            more += ofRule;
        }

        return more;
    }

    private void Count(int points, int more)
    {
        if (points >= 0)
        {
            Feasible += more;
        }
        else
        {
            _refusals[-points] += more;
        }
    }

    private void Refresh(int block)
    {
        ref var refreshed = ref _blocks[block];
        var (slot, points, feasible) = (-1, -1, 0);
        foreach (var candidate in _order.AsSpan(refreshed.Start, refreshed.End - refreshed.Start))
        {
            var value = _points[candidate];
            feasible += value >= 0 ? 1 : 0;
            if (value > points)
            {
                (slot, points) = (candidate, value);
            }
        }

        refreshed = refreshed with { Slot = slot, Points = points, Feasible = feasible };
    }

    private bool AreInSameDomains(int left, int right)
    {
        foreach (var domains in _domains)
        {
            if (domains[left] != domains[right])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>By domains, then by slot.</summary>
    private int CompareByDomains(int left, int right)
    {
        foreach (var domains in _domains)
        {
            if (domains[left].CompareTo(domains[right]) is var order && order != 0)
            {
                return order;
            }
        }

        return left.CompareTo(right);
    }

    private readonly record struct Block
    {
        public int Start { get; init; }

        public int End { get; init; }

        /// <summary>The best host, or -1.</summary>
        public int Slot { get; init; }

        public int Points { get; init; }

        public int Feasible { get; init; }
    }
}
