using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Who is out of the question for everybody with the same pool and constraints, whatever room there is. Looked at once for
/// each host, and again only when that host changes.
/// </summary>
internal sealed class HostFilter(
    ImmutableSortedDictionary<string, string> selector,
    ImmutableArray<HostConstraint> constraints
)
{
    /// <summary>Of a host that passes.</summary>
    public const int Open = 0;

    private int[] _closed = [];

    /// <summary>By slot: <see cref="Open"/>, or <see cref="Code"/> of the first reason.</summary>
    public int[] Closed => _closed;

    public static int Code(RefusalReason reason) => (int)reason + 1;

    public static RefusalReason Reason(int code) => (RefusalReason)(code - 1);

    public void Insert(int slot, Host host, int count)
    {
        Column.Insert(ref _closed, slot, count);
        Look(slot, host);
    }

    public void Remove(int slot, int count) => Column.Remove(_closed, slot, count);

    public void Look(int slot, Host host) => _closed[slot] = Refuse(host) is { } reason ? Code(reason) : Open;

    private RefusalReason? Refuse(Host host) =>
        host switch
        {
            { LostSince: not null } => RefusalReason.Lost,
            _ when !IsInPool(host) => RefusalReason.NotInPool,
            _ when !IsAdmitted(host) => RefusalReason.BreaksConstraint,
            { Availability: HostAvailability.Cordoned } => RefusalReason.Cordoned,
            { Availability: HostAvailability.Draining } => RefusalReason.Draining,
            _ => null,
        };

    private bool IsInPool(Host host)
    {
        foreach (var (label, wanted) in selector)
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
        foreach (var constraint in constraints)
        {
            if (!constraint.Admits(host.Labels.GetValueOrDefault(constraint.Attribute)))
            {
                return false;
            }
        }

        return true;
    }
}
