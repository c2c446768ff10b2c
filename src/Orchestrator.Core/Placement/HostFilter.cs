using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Who is out of the question for everybody with the same pool and constraints, whatever room there is. Looked at once for
/// each host, and again only when that host changes.
/// </summary>
internal sealed class HostFilter
{
    /// <summary>Of a host that passes.</summary>
    public const int Open = 0;

    private readonly ImmutableSortedDictionary<string, string> _selector;
    private readonly ImmutableArray<HostConstraint> _constraints;
    private readonly HostConstraint? _confinement;
    private readonly int[] _counts = new int[Codes];
    private int[] _closed;

    public HostFilter(PlacementRequest request, HostColumns hosts)
    {
        (_selector, _constraints) = (request.PoolSelector, request.Rules.Constraints);
        (_confinement, _closed) = (request.Confinement, new int[hosts.Count]);
        _counts[Open] = hosts.Count;
        for (var slot = 0; slot < hosts.Count; slot++)
        {
            Look(slot, hosts[slot]);
        }
    }

    /// <summary>One for each reason, and <see cref="Open"/>.</summary>
    public static int Codes { get; } = Enum.GetValues<RefusalReason>().Length + 1;

    /// <summary>By slot: <see cref="Open"/>, or <see cref="Code"/> of the first reason.</summary>
    public int[] Closed => _closed;

    public static int Code(RefusalReason reason) => (int)reason + 1;

    public static RefusalReason Reason(int code) => (RefusalReason)(code - 1);

    /// <summary>Alike for alike pools, constraints and confinements.</summary>
    public static string KeyOf(PlacementRequest request)
    {
        var key =
            request.PoolSelector.IsEmpty && request.Rules.Constraints.IsEmpty
                ? ""
                : string.Join(
                    '\n',
                    request
                        .PoolSelector.Select(wanted => $"{wanted.Key}={wanted.Value}")
                        .Concat(request.Rules.Constraints.Select(KeyOf))
                );
        return request.Confinement is { } confinement ? $"{key}\nnow {KeyOf(confinement)}" : key;
    }

    public void Insert(int slot, Host host, int count)
    {
        Column.Insert(ref _closed, slot, count);
        _counts[Open]++;
        Look(slot, host);
    }

    public void Remove(int slot, int count)
    {
        _counts[_closed[slot]]--;
        Column.Remove(_closed, slot, count);
    }

    /// <summary>Whether the answer is another than before.</summary>
    public bool Look(int slot, Host host)
    {
        var code = Refuse(host) is { } reason ? Code(reason) : Open;
        var before = _closed[slot];
        _counts[before]--;
        _counts[code]++;
        _closed[slot] = code;
        return before != code;
    }

    /// <summary>Hosts by the code of the reason.</summary>
    public void CountInto(Span<int> refusals)
    {
        _counts.AsSpan().CopyTo(refusals);
        refusals[Open] = 0;
    }

    private RefusalReason? Refuse(Host host) =>
        host switch
        {
            { LostSince: not null } => RefusalReason.Lost,
            { ReturnedAt: not null } => RefusalReason.Reconnected,
            _ when !IsInPool(host) => RefusalReason.NotInPool,
            _ when !IsAdmitted(host) => RefusalReason.BreaksConstraint,
            _ when _confinement is not null && !Admits(_confinement, host) => RefusalReason.OutsideWave,
            { Availability: HostAvailability.Cordoned } => RefusalReason.Cordoned,
            { Availability: HostAvailability.Draining } => RefusalReason.Draining,
            _ => null,
        };

    private bool IsInPool(Host host)
    {
        foreach (var (label, wanted) in _selector)
        {
            if (
                !host.Labels.TryGetValue(label, out var value)
                || !string.Equals(value, wanted, StringComparison.Ordinal)
            )
            {
                return false;
            }
        }

        return true;
    }

    private bool IsAdmitted(Host host)
    {
        foreach (var constraint in _constraints)
        {
            if (!Admits(constraint, host))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Admits(HostConstraint constraint, Host host) =>
        constraint.Admits(host.Labels.GetValueOrDefault(constraint.Attribute));

    private static string KeyOf(HostConstraint constraint) => $"{constraint.Attribute} {constraint.Wish}";
}
