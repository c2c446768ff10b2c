using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>
/// The hosts that instances are placed on, changed in place. Considers every host, and answers alike whatever order they
/// came in: the most points win, and the lower id where points are equal.
/// </summary>
public sealed partial class PlacementFleet
{
    public const int MaxScore = 1000;

    /// <summary>A spec that is further behind than this part of the fleet scores all hosts anew, which costs less.</summary>
    private const int RescanShare = 16;

    private readonly HostColumns _hosts = new();
    private readonly Dictionary<PlacementGroup, GroupCounts> _groups = [];
    private readonly HostFilters _filters;
    private readonly HostScan _scan;
    private readonly ChangeLog _changes = new();
    private readonly ApartRules _apart = new();
    private readonly ImageColumns _images;
    private long _layout;

    public PlacementFleet() =>
        (_filters, _scan, _images) = (new HostFilters(_hosts), new HostScan(_hosts), new ImageColumns(_hosts));

    /// <summary>How many counts <see cref="Choose"/> fills in.</summary>
    public static int RefusalCodes => HostFilter.Codes;

    public int HostCount => _hosts.Count;

    /// <summary>Adds a host, or takes over what changed about it.</summary>
    public void Put(Host host)
    {
        var slot = _hosts.Search(host.Id);
        if (slot >= 0)
        {
            Replace(slot, host);
            return;
        }

        slot = ~slot;
        _layout++; // Also what the largest host is.
        _hosts.Insert(slot, host);
        _scan.Insert(slot);
        foreach (var group in _groups.Values)
        {
            group.Insert(slot);
        }

        _filters.Insert(slot, host);
        _images.Insert(slot, host);
    }

    /// <summary>A host on which something still counts must not be removed.</summary>
    public void Remove(HostId id)
    {
        var slot = _hosts.SlotOf(id);
        _layout++;
        var host = _hosts[slot];
        _hosts.Remove(slot);
        _images.Remove(slot, host);
        foreach (var group in _groups.Values)
        {
            group.Remove(slot);
            group.ForgetDomains();
        }

        _filters.Remove(slot);
    }

    /// <summary>Occupies room on a host, or with a negative demand gives it back.</summary>
    public void Take(HostId id, Resources demand)
    {
        var slot = _hosts.SlotOf(id);
        _hosts.Take(slot, demand);
        _changes.Add(slot);
    }

    /// <summary>Counts instances of a group on a host, for spreading; negative when there are fewer.</summary>
    public void Count(HostId id, PlacementGroup group, int more)
    {
        var slot = _hosts.SlotOf(id);
        GroupOf(group).Add(slot, _hosts[slot], more);
        _changes.Add(slot);
    }

    /// <summary>The required rules of a group that must be apart from others, in place of those said before.</summary>
    public void KeepApart(PlacementGroup group, IEnumerable<NeighbourRule> rules) =>
        _layout += _apart.Set(group, rules) ? 1 : 0;

    /// <summary>CPU, memory and disk.</summary>
    public Resources FreeOn(HostId id) => _hosts.FreeOf(_hosts.SlotOf(id));

    /// <summary>Whether one more of the spec fits on a host, whatever else may speak against it.</summary>
    public bool HasRoom(PlacementSpec spec, HostId id) => Prepare(spec).HasRoom(_hosts, _hosts.SlotOf(id));

    /// <summary>What an instance of the spec will hold on a host that fits: its demand, and the devices that it gets.</summary>
    public Resources HoldingOf(PlacementSpec spec, HostId id)
    {
        Prepare(spec);
        return spec.Extras?.HoldingOn(_hosts.SlotOf(id)) ?? spec.Request.Demand;
    }

    /// <summary>Decides, and changes nothing: the caller takes the room.</summary>
    public PlacementDecision Place(PlacementSpec spec)
    {
        Span<int> refusals = stackalloc int[HostFilter.Codes];
        var choice = Choose(spec, refusals);
        var told = ImmutableSortedDictionary.CreateBuilder<RefusalReason, int>();
        for (var code = 1; code < refusals.Length; code++)
        {
            if (refusals[code] > 0)
            {
                told[HostFilter.Reason(code)] = refusals[code];
            }
        }

        return choice.IsFound
            ? new PlacementDecision.Placed(choice.Host, choice.Score, choice.Feasible, told.ToImmutable())
            : new PlacementDecision.Unplaceable(told.ToImmutable(), NearestMiss.Find(_hosts, spec, this));
    }

    /// <summary>As <see cref="Place"/>, without an object: for many decisions a second.</summary>
    /// <param name="refusals">Cleared, then hosts by <c>(int)reason + 1</c>; with the feasible they sum to the number of hosts.</param>
    public PlacementChoice Choose(PlacementSpec spec, Span<int> refusals)
    {
        refusals.Clear();
        Prepare(spec);
        // Once is not worth remembering: most of what is placed only once is never placed again.
        if (spec.Uses++ == 0 && spec.Domains.IsEmpty)
        {
            var found = _scan.Best(spec, GroupOf(spec.Group), refusals);
            return Choice(spec, found.Slot, found.Points, found.Feasible);
        }

        var blocks = Current(spec);
        for (var code = 1; code < refusals.Length; code++)
        {
            refusals[code] = blocks.Refused(code);
        }

        if (spec.Domains.IsEmpty)
        {
            var (slot, points) = blocks.Best();
            return Choice(spec, slot, points, blocks.Feasible);
        }

        var best = blocks.Best(Judge(spec), refusals);
        return Choice(spec, best.Slot, best.Points, best.Feasible);
    }

    /// <summary>Every host, best first: those that fit by score, then those that only lack room, nearest first.</summary>
    public ImmutableArray<HostExplanation> Explain(PlacementSpec spec) =>
        HostExplainer.Explain(_hosts, spec, GroupOf(spec.Group), PointsByHost(spec));

    /// <summary>One host by name: what its score is made of, or everything against it.</summary>
    public HostAnswer Answer(PlacementSpec spec, HostId id) =>
        ScoreParts.Answer(spec, PointsByHost(spec), _hosts, GroupOf(spec.Group), Judge(spec), _hosts.SlotOf(id));

    /// <summary>By slot: points with what spreading adds, or the negative code of the first reason.</summary>
    internal int[] PointsByHost(PlacementSpec spec)
    {
        Prepare(spec);
        var points = new int[_hosts.Count];
        _scan.All(spec, GroupOf(spec.Group), points);
        if (spec.Domains.IsEmpty)
        {
            return points;
        }

        var (blocks, judged) = (Current(spec), Judge(spec));
        for (var slot = 0; slot < points.Length; slot++)
        {
            var more = points[slot] < 0 ? 0 : blocks.MoreOf(slot, judged);
            points[slot] = more < 0 ? more : points[slot] + more;
        }

        return points;
    }

    /// <summary>Points by slot from the vector code and from the scalar code, for the test that they agree.</summary>
    internal (int[] Vectors, int[] Scalars) ScanBoth(PlacementSpec spec)
    {
        Prepare(spec);
        return _scan.Both(spec, GroupOf(spec.Group));
    }

    private PlacementChoice Choice(PlacementSpec spec, int slot, int points, int feasible) =>
        slot < 0
            ? new PlacementChoice(null, Score: 0, feasible)
            : new PlacementChoice(_hosts[slot].Id, ScoreOf(spec, points), feasible);

    private static int ScoreOf(PlacementSpec spec, int points) =>
        Math.Min(MaxScore, points / spec.Request.Weights.TotalOf(spec.Request));

    /// <summary>Makes what follows from the request and the hosts' labels, unless it is still right.</summary>
    private PlacementSpec Prepare(PlacementSpec spec)
    {
        if (spec.Layout == _layout)
        {
            return spec;
        }

        spec.Blocks = null;
        spec.Filter = FilterOf(spec.Request);
        spec.Layout = _layout;
        spec.Extras = ExtraDemand.Of(spec.Request, _hosts);
        spec.Affinity = AffinityPoints.Of(spec.Request.Rules.Affinities, _hosts);
        spec.Neighbours = Neighbours.Of(spec, _apart, GroupOf);
        spec.Domains = DomainRules.Of(spec, _hosts);
        spec.Images = ImagesOf(spec.Request);
        return spec;
    }

    private ScoreBlocks Current(PlacementSpec spec)
    {
        var blocks = spec.Blocks;
        if (
            blocks is null
            || blocks.Turns != spec.Neighbours.Turns
            || _changes.End - blocks.Seen > Math.Min(ChangeLog.Capacity, 1 + (_hosts.Count / RescanShare))
        )
        {
            blocks ??= new ScoreBlocks(_hosts.Count, spec.Domains.Maps);
            _scan.All(spec, GroupOf(spec.Group), blocks.Points);
            blocks.Rebuild();
        }
        else if (blocks.Seen < _changes.End)
        {
            _scan.CatchUp(spec, GroupOf(spec.Group), blocks, _changes);
        }

        (blocks.Seen, blocks.Turns) = (_changes.End, spec.Neighbours.Turns);
        spec.Blocks = blocks;
        return blocks;
    }

    private int[][] Judge(PlacementSpec spec) =>
        spec.Domains.IsEmpty ? [] : spec.Domains.Judge(GroupOf(spec.Group), _hosts);

    private void Replace(int slot, Host host)
    {
        var hasNewLabels = !_hosts[slot].Labels.SequenceEqual(host.Labels);
        _images.Replace(slot, _hosts[slot], host);
        var largest = _hosts.Largest;
        _hosts.Replace(slot, host);
        _changes.Add(slot);
        if (_filters.Look(slot, host) || hasNewLabels || _hosts.Largest != largest)
        {
            _layout++; // Domains, affinities and who counts for a spread follow from labels and filters; points from sizes.
        }

        if (hasNewLabels)
        {
            foreach (var group in _groups.Values)
            {
                group.ForgetDomains();
            }
        }
    }

    private GroupCounts GroupOf(PlacementGroup group)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, group, out _);
        return counts ??= new GroupCounts();
    }

    private HostFilter FilterOf(PlacementRequest request)
    {
        if (_filters.FindOrMake(request) is { } filter)
        {
            return filter;
        }

        _filters.Clear();
        _layout++; // Whoever held one makes it anew, so that none is held that no change reaches.
        return FilterOf(request);
    }

    private ImageColumns.Entry ImagesOf(PlacementRequest request)
    {
        if (request.Image is not { } image)
        {
            return ImageColumns.Entry.None;
        }

        if (_images.FindOrMake(image) is { } entry)
        {
            return entry;
        }

        _images.Clear();
        _layout++; // As with filters.
        return ImagesOf(request);
    }
}
