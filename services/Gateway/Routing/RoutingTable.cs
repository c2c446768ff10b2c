using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Orchestrator.Gateway.Routing;

/// <summary>A table as requests use it; never changed, only replaced.</summary>
internal sealed class RoutingTable
{
    private readonly FrozenDictionary<string, Route> _routes;
    private readonly FrozenDictionary<string, Route>.AlternateLookup<ReadOnlySpan<char>> _byPath;
    private readonly FrozenDictionary<string, Route>.AlternateLookup<ReadOnlySpan<char>> _byHost;

    public RoutingTable(long epoch, long revision, IReadOnlyDictionary<string, Route> routes)
    {
        Epoch = epoch;
        Revision = revision;
        _routes = routes.ToFrozenDictionary(StringComparer.Ordinal);
        _byPath = _routes.GetAlternateLookup<ReadOnlySpan<char>>();
        // The names of hosts are the same in either case.
        var hosts = new Dictionary<string, Route>(StringComparer.OrdinalIgnoreCase);
        foreach (var route in routes.Values)
        {
            hosts[$"{route.Message.Service}.{route.Message.Stage}"] = route;
        }

        _byHost = hosts.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public long Epoch { get; }

    public long Revision { get; }

    public ImmutableArray<Route> Routes => _routes.Values;

    public static string KeyOf(string stage, string service) => $"{stage}/{service}";

    /// <param name="key"><c>stage/service</c>, as it stands in the path.</param>
    public Route? Find(ReadOnlySpan<char> key) => _byPath.TryGetValue(key, out var route) ? route : null;

    /// <param name="host"><c>service.stage</c>, as the name of the host begins.</param>
    public Route? FindByHost(ReadOnlySpan<char> host) => _byHost.TryGetValue(host, out var route) ? route : null;
}
