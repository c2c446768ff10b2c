using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>How well hosts meet a request's affinities.</summary>
internal static class AffinityPoints
{
    /// <summary>By slot, 0 to <see cref="PlacementFleet.MaxScore"/>; empty when there is no affinity.</summary>
    public static int[] Of(ImmutableArray<Affinity> affinities, HostColumns hosts)
    {
        if (affinities.IsEmpty)
        {
            return [];
        }

        var points = new int[hosts.Count];
        for (var slot = 0; slot < points.Length; slot++)
        {
            points[slot] = Of(affinities, hosts[slot].Labels);
        }

        return points;
    }

    /// <summary>The share of all weights that a host earns: of a wish by meeting it, of a dislike by not meeting it.</summary>
    public static int Of(ImmutableArray<Affinity> affinities, ImmutableSortedDictionary<string, string> labels)
    {
        var (earned, all) = (0, 0);
        foreach (var affinity in affinities)
        {
            var isMet = affinity.Wanted.Admits(labels.GetValueOrDefault(affinity.Wanted.Attribute));
            all += Math.Abs(affinity.Weight);
            earned += isMet == affinity.Weight > 0 ? Math.Abs(affinity.Weight) : 0;
        }

        return all == 0 ? 0 : PlacementFleet.MaxScore * earned / all;
    }
}
