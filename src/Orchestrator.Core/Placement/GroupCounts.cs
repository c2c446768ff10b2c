using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Where the active instances of a group are: by host, and by the values of the labels that it is spread over. Most groups
/// are on few hosts, so only those are kept; a scan gets them as a column for its time.
/// </summary>
internal sealed class GroupCounts
{
    private readonly Dictionary<string, Dictionary<string, int>> _byDomain = new(StringComparer.Ordinal);
    private readonly SlotCounts _onHost = new();

    public int Total { get; private set; }

    /// <summary>How often it began or ceased to be anywhere at all.</summary>
    public long Turns { get; private set; }

    public int On(int slot) => _onHost.Of(slot);

    public ReadOnlySpan<int> Slots => _onHost.Slots;

    /// <summary>By slot.</summary>
    public void AddTo(Span<int> sums)
    {
        for (var index = 0; index < _onHost.Count; index++)
        {
            sums[_onHost.Slots[index]] += _onHost.Counts[index];
        }
    }

    /// <param name="column">By slot, all 0; <see cref="Clear"/> makes it so again.</param>
    public void Fill(Span<int> column)
    {
        for (var index = 0; index < _onHost.Count; index++)
        {
            column[_onHost.Slots[index]] = _onHost.Counts[index];
        }
    }

    public void Clear(Span<int> column)
    {
        foreach (var slot in _onHost.Slots)
        {
            column[slot] = 0;
        }
    }

    /// <summary>Slots from the given one on are now the next ones.</summary>
    public void Insert(int slot) => _onHost.Shift(slot, by: 1);

    /// <summary>Slots behind the given one, which is empty, are now those before.</summary>
    public void Remove(int slot) => _onHost.Shift(slot, by: -1);

    public void Add(int slot, Host host, int more)
    {
        _onHost.Add(slot, more);
        Turns += Total == 0 == (Total + more == 0) ? 0 : 1;
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
            for (var index = 0; index < _onHost.Count; index++)
            {
                if (hosts[_onHost.Slots[index]].Labels.TryGetValue(label, out var domain))
                {
                    counts[domain] = counts.GetValueOrDefault(domain) + _onHost.Counts[index];
                }
            }
        }

        return counts;
    }

    /// <summary>Labels of a host with instances have changed: domains are counted anew.</summary>
    public void ForgetDomains() => _byDomain.Clear();
}
