using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Traffic;
using RouteEndpoint = Orchestrator.Contracts.Bus.RouteEndpoint;

namespace Orchestrator.Gateway.Routing;

/// <summary>Makes a table from a message, with the endpoints and counters that are known already.</summary>
internal sealed class RoutingTableBuilder(
    IReadOnlyDictionary<EndpointKey, InstanceEndpoint> known,
    Dictionary<string, RouteCounter> counters
)
{
    private const int PermillePerPercent = 10;

    private readonly Dictionary<VersionKey, VersionTraffic> _traffic = known
        .Values.Select(endpoint => endpoint.Traffic)
        .Distinct()
        .ToDictionary(traffic => traffic.Key);

    /// <summary>The endpoints that the table shows, also those of versions that get no requests.</summary>
    public Dictionary<EndpointKey, InstanceEndpoint> Listed { get; } = [];

    public RoutingTable Build(RouteTable message)
    {
        var routes = new Dictionary<string, Route>(StringComparer.Ordinal);
        foreach (var route in message.Routes)
        {
            var key = RoutingTable.KeyOf(route.Stage, route.Service);
            routes[key] = new Route(route, CounterOf(key), [.. SharesOf(route)]);
        }

        foreach (var gone in counters.Keys.Where(key => !routes.ContainsKey(key)).ToList())
        {
            counters.Remove(gone);
        }

        return new RoutingTable(message.Epoch, message.Revision, routes);
    }

    private IEnumerable<VersionShare> SharesOf(ServiceRoute route) =>
        from version in route.Versions
        let key = new VersionKey(route.Stage, route.Service, version.Version)
        select new VersionShare(version.Version, PermilleOf(version), EndpointsOf(key, version));

    /// <summary>A canary's peers are told apart; of a version without, every other instance, and of one alone nobody.</summary>
    private InstanceEndpoint[] EndpointsOf(VersionKey key, VersionRoute version)
    {
        InstanceEndpoint[] endpoints =
        [
            .. version
                .Endpoints.Where(endpoint => InstanceEndpoint.IsAddress(endpoint.Address))
                .Select(endpoint => EndpointOf(key, endpoint))
                .Distinct(),
        ];
        var peers = version
            .Endpoints.Where(endpoint => endpoint.IsPeer == true)
            .Select(endpoint => new EndpointKey(key, endpoint.InstanceId, endpoint.Address))
            .ToHashSet();
        for (var place = 0; place < endpoints.Length; place++)
        {
            endpoints[place].IsToldApart = peers.Count > 0 ? peers.Contains(endpoints[place].Key) : place % 2 == 1;
        }

        return endpoints;
    }

    private static int PermilleOf(VersionRoute version) =>
        Math.Clamp(version.WeightPermille ?? (version.WeightPercent * PermillePerPercent), 0, GatewayLimits.MaxWeight);

    private InstanceEndpoint EndpointOf(VersionKey version, RouteEndpoint endpoint)
    {
        var key = new EndpointKey(version, endpoint.InstanceId, endpoint.Address);
        if (Listed.TryGetValue(key, out var listed))
        {
            return listed;
        }

        return Listed[key] = known.GetValueOrDefault(key) ?? new InstanceEndpoint(key, TrafficOf(version));
    }

    private VersionTraffic TrafficOf(VersionKey version)
    {
        if (!_traffic.TryGetValue(version, out var traffic))
        {
            traffic = _traffic[version] = new VersionTraffic(version);
        }

        return traffic;
    }

    private RouteCounter CounterOf(string key)
    {
        if (!counters.TryGetValue(key, out var counter))
        {
            counter = counters[key] = new RouteCounter();
        }

        return counter;
    }
}
