using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Reconciliation;

/// <summary>A table that is changed in place while deciding and knows which rows differ from the store.</summary>
internal sealed class DraftTable<TKey, TRow>(ImmutableSortedDictionary<TKey, TRow> stored)
    where TKey : notnull
    where TRow : class
{
    private readonly SortedRows<TKey, TRow> _rows = new(stored);
    private readonly Dictionary<TKey, TRow> _changed = [];
    private readonly SortedSet<TKey> _removed = [];

    public IEnumerable<TKey> Keys => _rows.Keys;

    public IEnumerable<TRow> Rows => _rows.Values;

    public int Count => _rows.Count;

    public TRow this[TKey key] => _rows[key];

    public bool TryGet(TKey key, [NotNullWhen(true)] out TRow? row) => _rows.TryGet(key, out row);

    public TRow? Find(TKey key) => _rows.Find(key);

    /// <summary>A row that says what is there already is not written again.</summary>
    public void Put(TKey key, TRow row)
    {
        if (_rows.Find(key)?.Equals(row) == true)
        {
            return;
        }

        _rows[key] = row;
        _changed[key] = row;
        _removed.Remove(key);
    }

    public void Remove(TKey key)
    {
        if (_rows.Remove(key))
        {
            _changed.Remove(key);
            _removed.Add(key);
        }
    }

    public ImmutableSortedDictionary<TKey, TRow> ToImmutable() => _rows.ToImmutable();

    public ImmutableArray<TRow> TakeChanged()
    {
        if (_changed.Count == 0)
        {
            return [];
        }

        ImmutableArray<TRow> changed = [.. _changed.OrderBy(row => row.Key).Select(row => row.Value)];
        _changed.Clear();
        return changed;
    }

    public ImmutableArray<TKey> TakeRemoved()
    {
        ImmutableArray<TKey> removed = [.. _removed];
        _removed.Clear();
        return removed;
    }
}
