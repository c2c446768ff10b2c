namespace Orchestrator.Gateway.Routing;

/// <summary>Counts the requests of a route over all its tables, so that a new table does not start the split over.</summary>
internal sealed class RouteCounter
{
    private long _count;

    public ulong Next() => (ulong)Interlocked.Increment(ref _count);
}

/// <summary>The versions of a service at a stage that can get requests: a weight, and at least one endpoint.</summary>
internal sealed class Route(RouteCounter counter, VersionShare[] shares)
{
    private readonly int _totalWeight = shares.Sum(share => share.Weight);

    public IReadOnlyList<VersionShare> Shares => shares;

    /// <summary>Null when there is no endpoint but <paramref name="except"/>.</summary>
    public InstanceEndpoint? Pick(long now, InstanceEndpoint? except)
    {
        if (shares.Length == 0)
        {
            return null;
        }

        var choice = new Choice(counter.Next(), now, isSkipping: true, except);
        return ShareAt(choice.PointIn(_totalWeight)).Pick(choice)
            ?? PickElsewhere(choice)
            ?? PickElsewhere(choice.WithSkipped());
    }

    private VersionShare ShareAt(int point)
    {
        foreach (var share in shares)
        {
            point -= share.Weight;
            if (point < 0)
            {
                return share;
            }
        }

        return shares[^1];
    }

    /// <summary>The version that was drawn has none: its part goes to the others, by their weights.</summary>
    private InstanceEndpoint? PickElsewhere(in Choice choice)
    {
        var total = 0;
        foreach (var share in shares)
        {
            total += share.HasUsable(choice) ? share.Weight : 0;
        }

        if (total == 0)
        {
            return null;
        }

        var point = choice.PointIn(total);
        foreach (var share in shares)
        {
            if (!share.HasUsable(choice))
            {
                continue;
            }

            point -= share.Weight;
            if (point < 0)
            {
                return share.Pick(choice);
            }
        }

        return null;
    }
}
