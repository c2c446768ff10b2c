namespace Orchestrator.Gateway.Routing;

/// <summary>The endpoints of one version, and its weight in tenths of a percent against the other versions of the route.</summary>
internal sealed class VersionShare(string version, int weight, InstanceEndpoint[] endpoints)
{
    private readonly Lock _sparing = new();

    public string Version => version;

    public int Weight => weight;

    public IReadOnlyList<InstanceEndpoint> Endpoints => endpoints;

    public bool HasUsable(in Choice choice)
    {
        foreach (var endpoint in endpoints)
        {
            if (choice.Allows(endpoint))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The less busy of two that are drawn: nearly as even as the least busy of all, without everybody running to the
    /// same one. Null when the choice allows none.
    /// </summary>
    public InstanceEndpoint? Pick(in Choice choice)
    {
        if (endpoints.Length <= 1)
        {
            return endpoints.Length == 1 && choice.Allows(endpoints[0]) ? endpoints[0] : null;
        }

        var random = choice.EndpointPoint;
        var first = (int)(random % (uint)endpoints.Length);
        var step = 1 + (int)((random >> 32) % (uint)(endpoints.Length - 1));
        var one = endpoints[first];
        var other = endpoints[(first + step) % endpoints.Length];
        return (choice.Allows(one), choice.Allows(other)) switch
        {
            (true, true) => other.InFlight < one.InFlight ? other : one,
            (true, false) => one,
            (false, true) => other,
            (false, false) => LeastBusy(choice),
        };
    }

    /// <summary>Not more than half of them at a time: where most fail, it is not for one of them to be spared.</summary>
    public bool TrySpare(InstanceEndpoint endpoint, long now, Func<TimeSpan, long> after)
    {
        lock (_sparing)
        {
            var spared = endpoints.Count(each => each != endpoint && each.Health.IsSpared(now));
            if ((spared + 1) * 2 > endpoints.Length || endpoint.Health.IsSpared(now))
            {
                return false;
            }

            endpoint.Health.SpareUntil(after(endpoint.Health.NextWhile(GatewayLimits.SpareAfterFailures)));
            return true;
        }
    }

    private InstanceEndpoint? LeastBusy(in Choice choice)
    {
        InstanceEndpoint? least = null;
        foreach (var endpoint in endpoints)
        {
            if (choice.Allows(endpoint) && (least is null || endpoint.InFlight < least.InFlight))
            {
                least = endpoint;
            }
        }

        return least;
    }
}
