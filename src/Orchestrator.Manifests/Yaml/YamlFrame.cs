using System.Globalization;

namespace Orchestrator.Manifests.Yaml;

/// <summary>A list or map whose end has not been read yet.</summary>
internal sealed class YamlFrame(Place place, Place owner, bool isMap)
{
    private readonly List<ManifestNode> _items = [];
    private readonly List<MapEntry> _entries = [];
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    /// <summary>Null when the key was refused: then so is its value.</summary>
    private string? _key;

    /// <summary>Where the key stands whose value comes next; null when a key or an item comes next.</summary>
    public Place? PendingKey { get; private set; }

    /// <summary>Of what comes next.</summary>
    public string PathPart
    {
        get
        {
            if (isMap)
            {
                return PendingKey is null || _key is null ? "" : $".{_key}";
            }

            return string.Create(CultureInfo.InvariantCulture, $"[{_items.Count}]");
        }
    }

    /// <summary>An item, a key or a key's value. Says what is wrong with it as a key.</summary>
    public Complaint? Take(ManifestNode node)
    {
        if (!isMap)
        {
            _items.Add(node);
            return null;
        }

        return PendingKey is { } keyPlace ? TakeValue(keyPlace, node) : TakeKey(node);
    }

    public ManifestNode ToNode() =>
        isMap ? new ManifestNode.Map(place, owner, [.. _entries]) : new ManifestNode.List(place, owner, [.. _items]);

    private Complaint? TakeValue(Place keyPlace, ManifestNode node)
    {
        if (_key is not null)
        {
            _entries.Add(new MapEntry(_key, keyPlace, node));
        }

        PendingKey = null;
        return null;
    }

    private Complaint? TakeKey(ManifestNode node)
    {
        var complaint = node switch
        {
            ManifestNode.Refused => null,
            ManifestNode.Text { Value.Length: > ManifestLimits.MaxKeyLength } => YamlComplaints.KeyTooLong,
            ManifestNode.Text text when !_keys.Add(text.Value) => YamlComplaints.DuplicateKey(text.Value),
            ManifestNode.Text => (Complaint?)null,
            _ => YamlComplaints.KeyNotText,
        };
        _key = complaint is null && node is ManifestNode.Text key ? key.Value : null;
        PendingKey = node.Place;
        return complaint;
    }
}
