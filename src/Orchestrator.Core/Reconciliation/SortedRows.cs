using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Rows in the order of their keys, from which a table that never changes is had at the cost of what changed. Beside it they
/// are found without going down a tree: most are looked for far more often than they change.
/// </summary>
internal sealed class SortedRows<TKey, TRow>(ImmutableSortedDictionary<TKey, TRow> rows)
    where TKey : notnull
    where TRow : class
{
    private readonly ImmutableSortedDictionary<TKey, TRow>.Builder _sorted = rows.ToBuilder();
    private readonly Dictionary<TKey, TRow> _found = new(rows);

    public IEnumerable<TKey> Keys => _sorted.Keys;

    public IEnumerable<TRow> Values => _sorted.Values;

    public int Count => _found.Count;

    public TRow this[TKey key]
    {
        get => _found[key];
        set
        {
            _sorted[key] = value;
            _found[key] = value;
        }
    }

    public TRow? Find(TKey key) => _found.GetValueOrDefault(key);

    public bool TryGet(TKey key, [NotNullWhen(true)] out TRow? row) => _found.TryGetValue(key, out row);

    /// <summary>False if it was not there.</summary>
    public bool Remove(TKey key) => _found.Remove(key) && _sorted.Remove(key);

    /// <summary>What is there now; later changes do not reach it.</summary>
    public ImmutableSortedDictionary<TKey, TRow> ToImmutable() => _sorted.ToImmutable();
}
