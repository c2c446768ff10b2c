using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>The filters in use, each shared by all requests with the same pool and constraints.</summary>
internal sealed class HostFilters(HostColumns hosts)
{
    /// <summary>Pools and sets of constraints in use are few; who makes up more pays for looking again.</summary>
    private const int Capacity = 1024;

    private readonly Dictionary<string, HostFilter> _filters = new(StringComparer.Ordinal);

    /// <summary>Null when there is no room for another one, until they are cleared.</summary>
    public HostFilter? FindOrMake(PlacementRequest request)
    {
        var key = HostFilter.KeyOf(request);
        if (!_filters.TryGetValue(key, out var filter) && _filters.Count < Capacity)
        {
            _filters[key] = filter = new HostFilter(request, hosts);
        }

        return filter;
    }

    /// <summary>No change reaches those that are held from before.</summary>
    public void Clear() => _filters.Clear();

    public void Insert(int slot, Host host)
    {
        foreach (var filter in _filters.Values)
        {
            filter.Insert(slot, host, hosts.Count);
        }
    }

    public void Remove(int slot)
    {
        foreach (var filter in _filters.Values)
        {
            filter.Remove(slot, hosts.Count);
        }
    }

    /// <summary>Whether any answers otherwise than before.</summary>
    public bool Look(int slot, Host host)
    {
        var hasChanged = false;
        foreach (var filter in _filters.Values)
        {
            hasChanged |= filter.Look(slot, host);
        }

        return hasChanged;
    }
}
