using System.Collections.Immutable;

namespace Orchestrator.Manifests.Yaml;

/// <summary>Line and column, both from 1.</summary>
internal readonly record struct Place(int Line, int Column);

/// <summary>What a document consists of, with its places; scalars as they were written. Compared by reference.</summary>
internal abstract class ManifestNode(Place place, Place owner)
{
    public Place Place { get; } = place;

    /// <summary>Where the key begins whose value it is; else where it begins itself.</summary>
    public Place Owner { get; } = owner;

    /// <summary>Plain means without quotes, so that it may be a number, a truth value or nothing.</summary>
    internal sealed class Text(Place place, Place owner, string value, bool isPlain) : ManifestNode(place, owner)
    {
        public string Value { get; } = value;

        public bool IsPlain { get; } = isPlain;
    }

    internal sealed class List(Place place, Place owner, ImmutableArray<ManifestNode> items)
        : ManifestNode(place, owner)
    {
        public ImmutableArray<ManifestNode> Items { get; } = items;
    }

    /// <summary>Keys are distinct.</summary>
    internal sealed class Map(Place place, Place owner, ImmutableArray<MapEntry> entries) : ManifestNode(place, owner)
    {
        public ImmutableArray<MapEntry> Entries { get; } = entries;

        public ManifestNode? this[string key] =>
            Entries.FirstOrDefault(entry => string.Equals(entry.Key, key, StringComparison.Ordinal))?.Value;
    }

    /// <summary>Something the guard has reported, such as an alias.</summary>
    internal sealed class Refused(Place place, Place owner) : ManifestNode(place, owner);
}

internal sealed record MapEntry(string Key, Place KeyPlace, ManifestNode Value);

/// <summary>One document of a file.</summary>
internal sealed record ManifestDocument(string File, int FileIndex, ManifestNode Root);
