using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>One part of a host's score.</summary>
/// <param name="Name">For people, such as <c>headroom</c> or <c>affinity: disk is ssd</c>.</param>
/// <param name="Points">0 to <paramref name="Most"/>.</param>
/// <param name="Weight">How often a point counts; above 0.</param>
public sealed record ScorePart(string Name, int Points, int Most, int Weight);

/// <summary>
/// A host's score, taken apart: the parts' weighted points sum to the points, and the score is their weighted mean. An image
/// that is there adds points and no weight, so the score ends at its maximum.
/// </summary>
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
        var ofSpread = judged
            .Select((ofRule, rule) => ofRule[spec.Domains.Maps[rule][slot]])
            .Skip(spec.Neighbours.OnLabels.Length)
            .FirstOrDefault(value => value < 0);
        var used = hosts[slot].Capacity - NearestMiss.FreeOf(hosts, spec, slot);
        var host = new HostSnapshot(hosts[slot], used, group.On(slot));
        var reasons = Objections.To(spec.Request, host, ofSpread, spec.Neighbours.ObjectionsTo(hosts, slot));
        return new HostAnswer.Refused(host.Host.Id, reasons);
    }

    private static HostScore Of(PlacementSpec spec, HostColumns hosts, GroupCounts group, int[][] judged, int slot)
    {
        var request = spec.Request;
        ImmutableArray<ScorePart> parts =
        [
            .. OfPool(spec, hosts, group.On(slot), slot),
            .. OfAffinities(request.Rules.Affinities, hosts[slot].Labels),
            .. OfImage(spec, hosts, slot),
            .. OfNeighbours(spec, judged, slot),
            .. OfSpreads(spec, judged, slot),
        ];
        var sum = parts.Sum(part => part.Points * part.Weight);
        var weight = request.Weights.TotalOf(request);
        return new HostScore(hosts[slot].Id, Math.Min(MaxScore, sum / weight), sum, weight, parts);
    }

    private static IEnumerable<ScorePart> OfImage(PlacementSpec spec, HostColumns hosts, int slot)
    {
        var points = spec.Images.Points(hosts.Count);
        return points.IsEmpty ? [] : [new ScorePart("holds the image", points[slot], PlacementWeights.ImagePoints, 1)];
    }

    /// <summary>Their points are weighted already: rules share a weight, and shares of it are no whole points each.</summary>
    private static IEnumerable<ScorePart> OfNeighbours(PlacementSpec spec, int[][] judged, int slot) =>
        [
            .. spec
                .Neighbours.OnHosts.Where(link => link.Points > 0)
                .Select(link => PartOf(link, link.Judge(link.Counts.On(slot), isPlace: true))),
            .. spec
                .Neighbours.OnLabels.Select((link, rule) => PartOf(link, judged[rule][spec.Domains.Maps[rule][slot]]))
                .Where(part => part.Most > 0),
        ];

    private static ScorePart PartOf(NeighbourLink link, int points)
    {
        var wish = link.Kind == NeighbourKind.LikesNear ? "near" : "apart from";
        var place = link.IsOnHost ? "" : $" by {link.Label}";
        return new ScorePart($"{wish} {link.Other.Service}.{link.Other.Stage}{place}", points, link.Points, Weight: 1);
    }

    private static IEnumerable<ScorePart> OfSpreads(PlacementSpec spec, int[][] judged, int slot)
    {
        for (var rule = spec.Neighbours.OnLabels.Length; rule < judged.Length; rule++)
        {
            var map = spec.Domains.Maps[rule];
            var points = judged[rule][map[slot]] / PlacementWeights.DomainWeight;
            yield return new ScorePart($"spread over {map.Label}", points, MaxScore, PlacementWeights.DomainWeight);
        }
    }

    private static IEnumerable<ScorePart> OfPool(PlacementSpec spec, HostColumns hosts, int ofGroup, int slot)
    {
        var weights = spec.Request.Weights;
        var after = hosts.FreeOf(slot) - spec.Request.Demand;
        var (cpu, memory, devices) = (after.CpuMillicores, after.MemoryMebibytes, spec.Extras?.DeviceThousandths ?? 0);
        var headroom = ScoreKernel.HeadroomOf(hosts, slot, cpu, memory);
        var scarcest = Math.Min(headroom, spec.Extras?.HeadroomAfter(slot) ?? MaxScore);
        var left = PackingScore.Left(hosts, slot, cpu, memory, devices);
        var stranded = PackingScore.Stranded(hosts, slot, headroom, devices);
        ScorePart[] parts =
        [
            new("headroom", scarcest, MaxScore, weights.HeadroomWeight),
            new("fullness", MaxScore - left, MaxScore, weights.BinPackWeight),
            new(
                "no stranded devices",
                MaxScore - stranded,
                MaxScore,
                PlacementWeights.StrandedWeight * weights.BinPackWeight
            ),
            new("spread over hosts", MaxScore / (1 + ofGroup), MaxScore, weights.SpreadWeight),
        ];
        return parts.Where(part => part.Weight > 0);
    }

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
