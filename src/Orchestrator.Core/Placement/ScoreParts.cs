using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>One part of a host's score.</summary>
/// <param name="Name">For people, such as <c>headroom</c> or <c>affinity: disk is ssd</c>.</param>
/// <param name="Points">0 to <paramref name="Most"/>.</param>
/// <param name="Weight">How often a point counts; above 0.</param>
public sealed record ScorePart(string Name, int Points, int Most, int Weight);

/// <summary>A host's score, taken apart: the parts' weighted points sum to the points, and the score is their weighted mean.</summary>
/// <param name="Score">0 to <see cref="PlacementFleet.MaxScore"/>.</param>
/// <param name="Points">By which hosts are ranked: weighted, not yet divided by <paramref name="Weight"/>.</param>
/// <param name="Weight">The weights' total.</param>
public sealed record HostScore(HostId Host, int Score, int Points, int Weight, ImmutableArray<ScorePart> Parts);

/// <summary>What placement says of one host.</summary>
public abstract record HostAnswer
{
    private HostAnswer() { }

    public sealed record Fits(HostScore Score) : HostAnswer;

    /// <param name="Reasons">All of them, as sentences with figures; never empty.</param>
    public sealed record Refused(HostId Host, ImmutableArray<string> Reasons) : HostAnswer;
}

/// <summary>Takes scores apart by the arithmetic of <see cref="ScoreKernel"/>, for hosts that fit.</summary>
internal static class ScoreParts
{
    private const int MaxScore = PlacementFleet.MaxScore;

    /// <param name="points">By slot, or the negative code of the first reason.</param>
    /// <param name="judged">By spread rule and domain, as <see cref="SpreadState"/> says.</param>
    public static HostAnswer Answer(
        PlacementSpec spec,
        int[] points,
        HostColumns hosts,
        GroupCounts group,
        int[][] judged,
        int slot
    )
    {
        if (points[slot] >= 0)
        {
            return new HostAnswer.Fits(Of(spec, hosts, group, judged, slot));
        }

        // Another reason may hide what a spread rule says: it is asked here whatever came first.
        var ofSpread = judged.Select((ofRule, rule) => ofRule[spec.Spreads[rule].DomainOf(slot)]);
        var host = new HostSnapshot(
            hosts[slot],
            hosts[slot].Capacity - NearestMiss.FreeOf(hosts, spec, slot),
            group.On(slot)
        );
        var reasons = Objections.To(spec.Request, host, ofSpread.FirstOrDefault(value => value < 0));
        return new HostAnswer.Refused(host.Host.Id, reasons);
    }

    private static HostScore Of(
        PlacementSpec spec,
        HostColumns hosts,
        GroupCounts group,
        ReadOnlySpan<int[]> judged,
        int slot
    )
    {
        var request = spec.Request;
        var parts = ImmutableArray.CreateBuilder<ScorePart>();
        parts.AddRange(OfPool(spec, hosts, group.On(slot), slot));
        parts.AddRange(OfAffinities(request.Rules.Affinities, hosts[slot].Labels));
        for (var rule = 0; rule < judged.Length; rule++)
        {
            var points = judged[rule][spec.Spreads[rule].DomainOf(slot)];
            var name = $"spread over {request.Rules.Spreads[rule].Label}";
            parts.Add(new ScorePart(name, points, MaxScore, PlacementWeights.DomainWeight));
        }

        var sum = parts.Sum(part => part.Points * part.Weight);
        var weight = request.Weights.TotalOf(request);
        return new HostScore(hosts[slot].Id, sum / weight, sum, weight, parts.ToImmutable());
    }

    private static IEnumerable<ScorePart> OfPool(PlacementSpec spec, HostColumns hosts, int ofGroup, int slot)
    {
        var weights = spec.Request.Weights;
        var headroom = HeadroomOf(spec, hosts, slot);
        ScorePart[] parts =
        [
            new("headroom", headroom, MaxScore, weights.HeadroomWeight),
            new("fullness", MaxScore - headroom, MaxScore, weights.BinPackWeight),
            new("busy devices", MaxScore - IdleDevicesOf(spec, hosts, slot), MaxScore, weights.BinPackWeight),
            new("spread over hosts", MaxScore / (1 + ofGroup), MaxScore, weights.SpreadWeight),
        ];
        return parts.Where(part => part.Weight > 0);
    }

    private static int HeadroomOf(PlacementSpec spec, HostColumns hosts, int slot)
    {
        var after = hosts.FreeOf(slot) - spec.Request.Demand;
        var headroom = ScoreKernel.HeadroomOf(hosts, slot, after.CpuMillicores, after.MemoryMebibytes);
        return Math.Min(headroom, spec.Extras?.HeadroomAfter(slot) ?? MaxScore);
    }

    private static int IdleDevicesOf(PlacementSpec spec, HostColumns hosts, int slot) =>
        hosts.IdleDevices switch
        {
            { IsEmpty: true } => 0,
            _ when spec.Extras is { DeviceThousandths: > 0 and var more } => hosts.IdleDevicesAfter(slot, more),
            var idle => idle[slot],
        };

    /// <summary>
    /// All affinities together make whole points; each one's share of them is what it adds to those before it, so that
    /// the shares sum to the points whatever rounding does.
    /// </summary>
    private static IEnumerable<ScorePart> OfAffinities(
        ImmutableArray<Affinity> affinities,
        ImmutableSortedDictionary<string, string> labels
    )
    {
        var all = affinities.Sum(affinity => Math.Abs(affinity.Weight));
        var earned = 0;
        foreach (var affinity in affinities.Where(_ => all > 0))
        {
            var own = Math.Abs(affinity.Weight);
            var isEarned =
                affinity.Wanted.Admits(labels.GetValueOrDefault(affinity.Wanted.Attribute)) == affinity.Weight > 0;
            var before = MaxScore * earned / all;
            earned += isEarned ? own : 0;
            var points = (MaxScore * earned / all) - before;
            yield return new ScorePart(
                $"{(affinity.Weight > 0 ? "affinity" : "aversion")}: {affinity.Wanted.Attribute} {affinity.Wanted.Wish}",
                points,
                isEarned ? points : MaxScore * own / all,
                PlacementWeights.AffinityWeight
            );
        }
    }
}
