using System.Globalization;

namespace Orchestrator.Core.Placement;

internal enum NeighbourKind
{
    MustBeNear,
    MustBeApart,

    /// <summary>The other must be apart from the one that is placed.</summary>
    KeptAway,
    LikesNear,
    LikesApart,
}

/// <summary>One rule about neighbours, bound to where those neighbours are.</summary>
/// <param name="Other">Whose instances count.</param>
/// <param name="IsSelf">The other is the one that is placed: its first instance is near itself anywhere.</param>
/// <param name="Points">Weighted; 0 of a rule that must hold.</param>
internal sealed record NeighbourLink(
    NeighbourKind Kind,
    PlacementGroup Other,
    GroupCounts Counts,
    string Label,
    bool IsSelf,
    int Points
)
{
    public bool IsOnHost => string.Equals(Label, NeighbourRule.OnHost, StringComparison.Ordinal);

    /// <summary>Points of a place, or the negative code of the reason against it.</summary>
    /// <param name="count">How many of the other are there; 0 where there is no label.</param>
    /// <param name="isPlace">Whether the host has the label.</param>
    public int Judge(int count, bool isPlace) =>
        Kind switch
        {
            NeighbourKind.MustBeNear when Counts.Total == 0 && !IsSelf => -HostFilter.Code(
                RefusalReason.AwaitsNeighbour
            ),
            NeighbourKind.MustBeNear when !isPlace || (count == 0 && Counts.Total > 0) => -HostFilter.Code(
                RefusalReason.FarFromNeighbour
            ),
            NeighbourKind.MustBeApart when count > 0 => -HostFilter.Code(RefusalReason.TooNear),
            NeighbourKind.KeptAway when count > 0 => -HostFilter.Code(RefusalReason.KeptAway),
            NeighbourKind.LikesNear => count > 0 ? Points : 0,
            NeighbourKind.LikesApart => Points / (1 + count),
            _ => 0,
        };

    /// <summary>By domain.</summary>
    public int[] Judge(DomainMap domains, HostColumns hosts)
    {
        var counts = Counts.By(Label, hosts);
        var judged = new int[domains.Count];
        judged[DomainMap.None] = Judge(count: 0, isPlace: false);
        for (var domain = 1; domain < judged.Length; domain++)
        {
            judged[domain] = Judge(counts.GetValueOrDefault(domains.NameOf(domain)), isPlace: true);
        }

        return judged;
    }

    /// <summary>The objection to a host as a sentence with figures; empty when there is none.</summary>
    public string ObjectionTo(HostColumns hosts, int slot)
    {
        var value = IsOnHost ? "" : hosts[slot].Labels.GetValueOrDefault(Label);
        var count = value switch
        {
            null => 0,
            "" => Counts.On(slot),
            _ => Counts.By(Label, hosts).GetValueOrDefault(value),
        };
        var judged = Judge(count, value is not null);
        var place = IsOnHost ? "It" : $"Its {Label} {value}";
        return judged >= 0
            ? ""
            : HostFilter.Reason(-judged) switch
            {
                RefusalReason.AwaitsNeighbour => $"It must be near {Name}, of which nothing runs yet.",
                RefusalReason.FarFromNeighbour when value is null =>
                    $"It has no {Label}, by which it must be near {Name}.",
                RefusalReason.FarFromNeighbour => Text(
                    $"{place} has none of the {Counts.Total} of {Name}, which this must be near."
                ),
                RefusalReason.TooNear => Text($"{place} has {count} of {Name}, which this must be apart from."),
                _ => Text($"{place} has {count} of {Name}, which must be apart from this."),
            };
    }

    private string Name => $"{Other.Service}.{Other.Stage}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
