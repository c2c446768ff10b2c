using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Reconciliation;

/// <summary>A table that is changed in place while deciding and knows which rows differ from the store.</summary>
internal sealed class DraftTable<TKey, TRow>(ImmutableSortedDictionary<TKey, TRow> stored)
    where TKey : notnull
    where TRow : class
{
    private readonly SortedRows<TKey, TRow> _rows = new(stored);

    /// <summary>What was put or removed, as the store has it; null if it has no such row.</summary>
    private readonly Dictionary<TKey, TRow?> _stored = [];

    public IEnumerable<TKey> Keys => _rows.Keys;

    public IEnumerable<TRow> Rows => _rows.Values;

    public int Count => _rows.Count;

    public TRow this[TKey key] => _rows[key];

    public bool TryGet(TKey key, [NotNullWhen(true)] out TRow? row) => _rows.TryGet(key, out row);

    public TRow? Find(TKey key) => _rows.Find(key);

    /// <summary>As it was before the running decision.</summary>
    public TRow? FindStored(TKey key) => _stored.TryGetValue(key, out var row) ? row : _rows.Find(key);

    public void Put(TKey key, TRow row)
    {
        var before = _rows.Find(key);
        if (before?.Equals(row) != true)
        {
            _stored.TryAdd(key, before);
            _rows[key] = row;
        }
    }

    public void Remove(TKey key)
    {
        var before = _rows.Find(key);
        if (_rows.Remove(key))
        {
            _stored.TryAdd(key, before);
        }
    }

    public ImmutableSortedDictionary<TKey, TRow> ToImmutable() => _rows.ToImmutable();

    /// <summary>A row that says in the end what the store says is not written again.</summary>
    public ImmutableArray<TRow> TakeChanged() => Take().Changed;

    public (ImmutableArray<TRow> Changed, ImmutableArray<TKey> Removed) Take()
    {
        if (_stored.Count == 0)
        {
            return ([], []);
        }

        var changed = ImmutableArray.CreateBuilder<TRow>(_stored.Count);
        var removed = ImmutableArray.CreateBuilder<TKey>();
        TKey[] keys = [.. _stored.Keys];
        Array.Sort(keys);
        foreach (var key in keys)
        {
            var before = _stored[key];
            if (!_rows.TryGet(key, out var row))
            {
                removed.Add(key);
            }
            else if (!row.Equals(before))
            {
                changed.Add(row);
            }
        }

        _stored.Clear();
        return (changed.DrainToImmutable(), removed.DrainToImmutable());
    }
}
