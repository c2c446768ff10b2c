using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>Which domain of a label each host is in: 0 without the label, else one more than the rank of its value.</summary>
internal sealed class DomainMap
{
    /// <summary>Of a host without the label.</summary>
    public const int None = 0;

    private readonly ImmutableArray<string> _names;
    private readonly int[] _domainOf;

    public DomainMap(string label, HostColumns hosts)
    {
        Label = label;
        var values = new SortedSet<string>(StringComparer.Ordinal);
        for (var slot = 0; slot < hosts.Count; slot++)
        {
            if (hosts[slot].Labels.TryGetValue(label, out var value))
            {
                values.Add(value);
            }
        }

        _names = [.. values];
        _domainOf = new int[hosts.Count];
        for (var slot = 0; slot < hosts.Count; slot++)
        {
            var value = hosts[slot].Labels.GetValueOrDefault(label);
            _domainOf[slot] = value is null ? None : _names.BinarySearch(value, StringComparer.Ordinal) + 1;
        }
    }

    public string Label { get; }

    /// <summary>With <see cref="None"/>.</summary>
    public int Count => _names.Length + 1;

    public int this[int slot] => _domainOf[slot];

    /// <param name="domain">From 1.</param>
    public string NameOf(int domain) => _names[domain - 1];
}
