using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Traffic;

namespace Orchestrator.Gateway.Routing;

/// <summary>
/// Holds the table, and the endpoints that left it with requests in flight. Requests read the table without a lock; a
/// new table and the reports about it take turns.
/// </summary>
internal sealed class Router(TimeProvider timeProvider, HeartbeatBell bell)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, RouteCounter> _counters = new(StringComparer.Ordinal);
    private Dictionary<EndpointKey, InstanceEndpoint> _listed = [];
    private List<InstanceEndpoint> _departed = [];
    private RoutingTable? _table;

    public bool HasTable => Volatile.Read(ref _table) is not null;

    /// <summary>Says what became of the table; a table that is not newer changes nothing.</summary>
    public TableOutcome Apply(RouteTable message)
    {
        lock (_changing)
        {
            if (_table is { } current)
            {
                var order = (message.Epoch, message.Revision).CompareTo((current.Epoch, current.Revision));
                if (order <= 0)
                {
                    return order == 0 ? TableOutcome.Known : TableOutcome.Refused;
                }
            }

            Replace(message);
        }

        bell.Ring();
        return TableOutcome.Applied;
    }

    /// <param name="key"><c>stage/service</c>, as it stands in the path.</param>
    public Route? Find(ReadOnlySpan<char> key) => Volatile.Read(ref _table)?.Find(key);

    /// <param name="host"><c>service.stage</c>, as the name of the host begins.</param>
    public Route? FindByHost(ReadOnlySpan<char> host) => Volatile.Read(ref _table)?.FindByHost(host);

    /// <summary>Finds an endpoint and counts the request in; whoever gets one must <see cref="Leave"/> it.</summary>
    public Entry Enter(string key, in Ask ask, in Tried tried)
    {
        for (var i = 0; i < GatewayLimits.TableChangesPerAttempt; i++)
        {
            if (Volatile.Read(ref _table)?.Find(key) is not { } route)
            {
                return Entry.NoRoute;
            }

            if (route.Pick(ask, timeProvider.GetTimestamp(), tried) is not { } picked)
            {
                return ask.Version is { } version && route.Find(version) is null ? Entry.NoVersion : Entry.NoEndpoint;
            }

            if (picked.Endpoint.TryEnter())
            {
                return new Entry(route, picked.Share, picked.Endpoint);
            }
        }

        return Entry.NoEndpoint;
    }

    public void Leave(InstanceEndpoint endpoint)
    {
        if (endpoint.Leave())
        {
            bell.Ring();
        }
    }

    /// <summary>It could not be reached at all.</summary>
    public void Unreached(in Entry entry)
    {
        // While versions are compared each second shows again what there is to see.
        var spare = entry.Route.IsShared
            ? GatewayLimits.SpareAfterConnectFailure
            : entry.Endpoint.Health.NextWhile(GatewayLimits.SpareAfterConnectFailure);
        entry.Endpoint.Health.SpareUntil(After(spare));
    }

    /// <summary>
    /// It answered with an error, or not at all after it was reached. While versions are compared nobody is spared for
    /// that: one that answers badly less often than its version does would make the version look better than it is.
    /// </summary>
    public void Failed(in Entry entry)
    {
        if (entry.Endpoint.Health.Failed() && !entry.Route.IsShared)
        {
            entry.Share.TrySpare(entry.Endpoint, timeProvider.GetTimestamp(), After);
        }
    }

    /// <summary>What there is to report; what was counted is reported once.</summary>
    public RouterReport Report(bool isSampling)
    {
        lock (_changing)
        {
            var busy = _departed.Where(endpoint => endpoint.InFlight > 0).ToList();
            List<TrafficSample> samples = [];
            if (isSampling)
            {
                // Who was idle before is forgotten now: its last request was counted before it left.
                samples = TakeSamples();
                _departed = busy;
            }

            var listed = _listed.Keys.Select(key => key.InstanceId).ToHashSet(StringComparer.Ordinal);
            return new RouterReport(
                _table?.Epoch ?? 0,
                _table?.Revision ?? 0,
                [
                    .. busy.Select(endpoint => endpoint.Key.InstanceId)
                        .Where(instance => !listed.Contains(instance))
                        .Distinct(StringComparer.Ordinal)
                        .Order(StringComparer.Ordinal),
                ],
                samples
            );
        }
    }

    /// <summary>How things stand now; also of versions whose last instances are leaving.</summary>
    public RouterState Read()
    {
        lock (_changing)
        {
            var now = timeProvider.GetTimestamp();
            return new RouterState(
                _table?.Epoch ?? 0,
                _table?.Revision ?? 0,
                [
                    .. _listed
                        .Values.Concat(_departed)
                        .GroupBy(endpoint => endpoint.Traffic)
                        .Select(same => new VersionState(
                            same.Key,
                            Used: same.Count(endpoint => IsListed(endpoint) && !endpoint.Health.IsSpared(now)),
                            Spared: same.Count(endpoint => IsListed(endpoint) && endpoint.Health.IsSpared(now)),
                            InFlight: same.Sum(endpoint => endpoint.InFlight)
                        ))
                        .OrderBy(version => version.Traffic.Key.ToString(), StringComparer.Ordinal),
                ]
            );
        }
    }

    /// <summary>
    /// All endpoints of the table, each with the path to ask it for. Without one where versions share the route: what is
    /// wrong with an instance is then for whoever compares them to see.
    /// </summary>
    public IReadOnlyList<ProbedEndpoint> ReadProbed() =>
        [
            .. from route in Volatile.Read(ref _table)?.Routes ?? []
            let path = route.IsShared ? null : route.HealthPath
            from share in route.Shares
            from endpoint in share.Endpoints
            select new ProbedEndpoint(endpoint, path, route.Message.IsHttp2 == true),
        ];

    private bool IsListed(InstanceEndpoint endpoint) => _listed.ContainsKey(endpoint.Key);

    private long After(TimeSpan span) =>
        timeProvider.GetTimestamp() + (long)(span.TotalSeconds * timeProvider.TimestampFrequency);

    private List<TrafficSample> TakeSamples() =>
        [
            .. _listed
                .Values.Concat(_departed)
                .Select(endpoint => endpoint.Traffic)
                .Distinct()
                .Select(traffic => traffic.Take())
                .OfType<TrafficSample>(),
        ];

    private void Replace(RouteTable message)
    {
        var known = new Dictionary<EndpointKey, InstanceEndpoint>(_listed);
        foreach (var endpoint in _departed)
        {
            known[endpoint.Key] = endpoint;
        }

        var builder = new RoutingTableBuilder(known, _counters);
        var table = builder.Build(message);

        // Who returns may be entered as soon as the table shows it; who departs is closed once it does not any more.
        foreach (var endpoint in builder.Listed.Values)
        {
            endpoint.Return();
        }

        Volatile.Write(ref _table, table);
        _departed = [.. known.Values.Where(endpoint => !builder.Listed.ContainsKey(endpoint.Key))];
        foreach (var endpoint in _departed)
        {
            endpoint.Depart();
        }

        _listed = builder.Listed;
    }
}

internal enum TableOutcome
{
    Applied,

    /// <summary>The one that is served already.</summary>
    Known,

    /// <summary>Older than the one that is served.</summary>
    Refused,
}

/// <param name="Busy">Instances that are in no endpoint of the table and have requests in flight.</param>
internal sealed record RouterReport(
    long Epoch,
    long Revision,
    IReadOnlyList<string> Busy,
    IReadOnlyList<TrafficSample> Samples
);

internal sealed record RouterState(long Epoch, long Revision, IReadOnlyList<VersionState> Versions);

internal sealed record VersionState(VersionTraffic Traffic, int Used, int Spared, int InFlight);

/// <param name="Path">Null: it is taken for well.</param>
internal sealed record ProbedEndpoint(InstanceEndpoint Endpoint, string? Path, bool IsHttp2);
