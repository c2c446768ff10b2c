using Orchestrator.Contracts.Bus;

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

    /// <summary>Finds an endpoint and counts the request in; whoever gets one must <see cref="Leave"/> it.</summary>
    /// <param name="except">One that was tried already.</param>
    public Entry Enter(ReadOnlySpan<char> key, InstanceEndpoint? except)
    {
        for (var i = 0; i < GatewayLimits.TableChangesPerAttempt; i++)
        {
            if (Volatile.Read(ref _table) is not { } table)
            {
                return Entry.NoTable;
            }

            if (!table.TryGet(key, out var route))
            {
                return Entry.NoRoute;
            }

            if (route.Pick(timeProvider.GetTimestamp(), except) is not { } endpoint)
            {
                return Entry.NoEndpoint;
            }

            if (endpoint.TryEnter())
            {
                return new Entry(endpoint);
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

    public void Skip(InstanceEndpoint endpoint)
    {
        var ticks = (long)(GatewayLimits.SkipAfterConnectFailure.TotalSeconds * timeProvider.TimestampFrequency);
        endpoint.SkipUntil(timeProvider.GetTimestamp() + ticks);
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

/// <summary>An endpoint that counts the request, or why there is none.</summary>
internal readonly record struct Entry(InstanceEndpoint? Endpoint, EntryRefusal Refusal)
{
    public static readonly Entry NoTable = new(Endpoint: null, EntryRefusal.NoTable);

    public static readonly Entry NoRoute = new(Endpoint: null, EntryRefusal.NoRoute);

    public static readonly Entry NoEndpoint = new(Endpoint: null, EntryRefusal.NoEndpoint);

    public Entry(InstanceEndpoint endpoint)
        : this(endpoint, EntryRefusal.None) { }
}

internal enum EntryRefusal
{
    None,
    NoTable,
    NoRoute,
    NoEndpoint,
}

/// <param name="Busy">Instances that are in no endpoint of the table and have requests in flight.</param>
internal sealed record RouterReport(
    long Epoch,
    long Revision,
    IReadOnlyList<string> Busy,
    IReadOnlyList<TrafficSample> Samples
);
