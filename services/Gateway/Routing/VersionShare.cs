namespace Orchestrator.Gateway.Routing;

/// <summary>The endpoints of one version, and its weight against the other versions of the route.</summary>
internal sealed class VersionShare(int weight, InstanceEndpoint[] endpoints)
{
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
        var random = choice.Mixed;
        var first = (int)(random % (uint)endpoints.Length);
        if (endpoints.Length == 1)
        {
            return choice.Allows(endpoints[0]) ? endpoints[0] : null;
        }

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
