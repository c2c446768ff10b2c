using System.Collections.Immutable;
using System.Diagnostics;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Finds the host for one instance. Considers every host, and answers alike whatever order they come in: the best score
/// wins, and the lower id where scores are equal.
/// </summary>
public static class Placer
{
    public const int MaxScore = 1000;

    /// <param name="hosts">Their ids are distinct.</param>
    public static PlacementDecision Place(PlacementRequest request, IReadOnlyList<HostSnapshot> hosts)
    {
        var refusals = ImmutableSortedDictionary.CreateBuilder<RefusalReason, int>();
        var feasible = 0;
        var best = default(Candidate?);
        var nearest = default(Miss?);
        foreach (var host in hosts)
        {
            if (Refuse(request, host) is not { } reason)
            {
                feasible++;
                best = Better(best, new Candidate(host.Host.Id, Score(request, host)));
                continue;
            }

            refusals[reason] = refusals.GetValueOrDefault(reason) + 1;
            if (IsLackOfRoom(reason))
            {
                nearest = Nearer(nearest, MissOf(request, host), request.Demand);
            }
        }

        return best is { } winner
            ? new PlacementDecision.Placed(winner.Host, winner.Score, feasible, refusals.ToImmutable())
            : new PlacementDecision.Unplaceable(refusals.ToImmutable(), nearest?.ToString() ?? "");
    }

    /// <summary>Every host, best first: those that fit by score, then those that only lack room, nearest first.</summary>
    public static ImmutableArray<HostExplanation> Explain(
        PlacementRequest request,
        IReadOnlyList<HostSnapshot> hosts
    ) =>
        [
            .. hosts
                .Select(host => (Host: host, Refusal: Refuse(request, host)))
                .Select(answer =>
                    (answer.Host, answer.Refusal, Score: ScoreOrZero(request, answer.Host, answer.Refusal))
                )
                .OrderBy(answer => answer.Refusal is { } reason && !IsLackOfRoom(reason))
                .ThenBy(answer => Shortage.Of(request.Demand, answer.Host.Free).RelativeTo(request.Demand))
                .ThenByDescending(answer => answer.Score)
                .ThenBy(answer => answer.Host.Host.Id)
                .Select(answer => new HostExplanation(
                    answer.Host.Host.Id,
                    answer.Score,
                    Objections.To(request, answer.Host)
                )),
        ];

    /// <summary>The first reason against a host, in the order of <see cref="RefusalReason"/>; null when it fits.</summary>
    internal static RefusalReason? Refuse(PlacementRequest request, HostSnapshot host) =>
        host switch
        {
            { Host.LostSince: not null } => RefusalReason.Lost,
            _ when !IsInPool(request, host.Host) => RefusalReason.NotInPool,
            { Host.Availability: HostAvailability.Cordoned } => RefusalReason.Cordoned,
            { Host.Availability: HostAvailability.Draining } => RefusalReason.Draining,
            _ when host.Free.CpuMillicores < request.Demand.CpuMillicores => RefusalReason.LacksCpu,
            _ when host.Free.MemoryMebibytes < request.Demand.MemoryMebibytes => RefusalReason.LacksMemory,
            _ => null,
        };

    /// <summary>From 0 to <see cref="MaxScore"/>, higher is better. Only for a host that Refuse passed.</summary>
    internal static int Score(PlacementRequest request, HostSnapshot host)
    {
        Debug.Assert(host.Free.Covers(request.Demand), "Score is for feasible hosts only.");

        var weights = request.Weights;
        var after = host.Free - request.Demand;
        // The scarcer resource decides: a host with idle CPU but no memory left is a full host.
        var headroom = Math.Min(
            Points(after.CpuMillicores, host.Host.Capacity.CpuMillicores),
            Points(after.MemoryMebibytes, host.Host.Capacity.MemoryMebibytes)
        );
        var spread = MaxScore / (1 + host.OfService);
        var fullness = MaxScore - headroom;
        var weighted =
            (weights.HeadroomWeight * headroom) + (weights.SpreadWeight * spread) + (weights.BinPackWeight * fullness);
        return weighted / weights.Total;
    }

    private static int ScoreOrZero(PlacementRequest request, HostSnapshot host, RefusalReason? refusal) =>
        refusal is null ? Score(request, host) : 0;

    /// <summary>A resource that a host does not have at all leaves no room.</summary>
    private static int Points(int part, int whole) => whole == 0 ? 0 : (int)((long)MaxScore * part / whole);

    private static bool IsInPool(PlacementRequest request, Host host)
    {
        foreach (var (label, wanted) in request.PoolSelector)
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

    private static bool IsLackOfRoom(RefusalReason reason) =>
        reason is RefusalReason.LacksCpu or RefusalReason.LacksMemory;

    private static Miss MissOf(PlacementRequest request, HostSnapshot host) =>
        new(host.Host.Id, Shortage.Of(request.Demand, host.Free));

    private static Candidate Better(Candidate? best, Candidate next) =>
        best is not { } held
        || next.Score > held.Score
        || (next.Score == held.Score && next.Host.CompareTo(held.Host) < 0)
            ? next
            : held;

    private static Miss Nearer(Miss? nearest, Miss next, Resources demand)
    {
        if (nearest is not { } held)
        {
            return next;
        }

        var (heldShare, nextShare) = (held.Lack.RelativeTo(demand), next.Lack.RelativeTo(demand));
        return nextShare < heldShare || (nextShare == heldShare && next.Host.CompareTo(held.Host) < 0) ? next : held;
    }

    private readonly record struct Candidate(HostId Host, int Score);

    private readonly record struct Miss(HostId Host, Shortage Lack)
    {
        public override string ToString() => $"host {Host} lacks {Lack}";
    }
}
