using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Gateway.Routing;

/// <summary>A table as requests use it; never changed, only replaced.</summary>
internal sealed class RoutingTable
{
    private readonly FrozenDictionary<string, Route> _routes;
    private readonly FrozenDictionary<string, Route>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public RoutingTable(long epoch, long revision, IReadOnlyDictionary<string, Route> routes)
    {
        Epoch = epoch;
        Revision = revision;
        _routes = routes.ToFrozenDictionary(StringComparer.Ordinal);
        _lookup = _routes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public long Epoch { get; }

    public long Revision { get; }

    public IEnumerable<InstanceEndpoint> Endpoints =>
        _routes.Values.SelectMany(route => route.Shares).SelectMany(share => share.Endpoints);

    public static string KeyOf(string stage, string service) => $"{stage}/{service}";

    /// <param name="key"><c>stage/service</c>, as it stands in the path.</param>
    public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out Route? route) =>
        _lookup.TryGetValue(key, out route);
}
