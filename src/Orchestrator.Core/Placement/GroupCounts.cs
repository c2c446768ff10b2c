using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>Where the active instances of a group are: by host, and by the values of the labels that it is spread over.</summary>
internal sealed class GroupCounts(int hosts)
{
    private readonly Dictionary<string, Dictionary<string, int>> _byDomain = new(StringComparer.Ordinal);
    private int[] _byHost = new int[hosts];

    public int Total { get; private set; }

    public ReadOnlySpan<int> ByHost => _byHost;

    public void Insert(int slot, int count) => Column.Insert(ref _byHost, slot, count);

    public void Remove(int slot, int count) => Column.Remove(_byHost, slot, count);

    public void Add(int slot, Host host, int more)
    {
        _byHost[slot] += more;
        Total += more;
        foreach (var (label, counts) in _byDomain)
        {
            if (host.Labels.TryGetValue(label, out var domain))
            {
                counts[domain] = counts.GetValueOrDefault(domain) + more;
            }
        }
    }

    /// <summary>Instances by the label's value; counted once, and kept from then on.</summary>
    public IReadOnlyDictionary<string, int> By(string label, HostColumns hosts)
    {
        if (!_byDomain.TryGetValue(label, out var counts))
        {
            _byDomain[label] = counts = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var slot = 0; slot < hosts.Count; slot++)
            {
                if (_byHost[slot] != 0 && hosts[slot].Labels.TryGetValue(label, out var domain))
                {
                    counts[domain] = counts.GetValueOrDefault(domain) + _byHost[slot];
                }
            }
        }

        return counts;
    }

    /// <summary>Labels of a host with instances have changed: domains are counted anew.</summary>
    public void ForgetDomains() => _byDomain.Clear();
}
