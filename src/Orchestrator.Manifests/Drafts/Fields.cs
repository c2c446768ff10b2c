using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

/// <summary>
/// Reads the fields of a map that may be anything. What is not there or of the wrong shape comes out as null or empty,
/// and the schema complains of it; what is text but not well written is complained of here.
/// </summary>
internal sealed class Fields(ManifestNode? node, string path, DocumentErrors errors)
{
    /// <summary>The schemas refuse a longer list, so what comes after has no effect and is worth no work.</summary>
    private const int MaxItems = 100;

    /// <summary>Where this is, such as <c>spec.template</c>.</summary>
    public string Path => path;

    public bool AreThere => node is ManifestNode.Map;

    public bool Have(string name) => Find(name) is not null;

    public IEnumerable<MapEntry> Entries => node is ManifestNode.Map map ? map.Entries : [];

    public Fields Object(string name) => new(Find(name), PathOf(name), errors);

    public ImmutableArray<Fields> Objects(string name) =>
        [.. Items(name).Select((item, index) => new Fields(item, Indexed(PathOf(name), index), errors))];

    public ImmutableArray<string> Texts(string name) => [.. Items(name).Select(TextOf).OfType<string>()];

    /// <summary>In their places; null for one that is wrong.</summary>
    public ImmutableArray<T?> Texts<T>(string name, ReadReference<T> read)
        where T : class =>
        [
            .. Items(name)
                .Select(
                    (item, index) =>
                        TextOf(item) is { } text
                            ? read(text, complaint => errors.Blame(item, Indexed(PathOf(name), index), complaint))
                            : null
                ),
        ];

    /// <summary>In their places; null for one that is wrong.</summary>
    public ImmutableArray<int?> Wholes(string name) =>
        [
            .. Items(name)
                .Select(item =>
                    item is ManifestNode.Text { IsPlain: true } text
                    && PlainScalar.Whole(text.Value) is >= int.MinValue and <= int.MaxValue and var number
                        ? (int?)number
                        : null
                ),
        ];

    public T? Text<T>(string name, ReadReference<T> read)
        where T : class =>
        Find(name) is { } found && TextOf(found) is { } text ? read(text, ComplainOf(found, name)) : null;

    /// <summary>The fallback if it is not there; null if it is there and wrong.</summary>
    public T? Text<T>(string name, ReadReference<T> read, T fallback)
        where T : class => Find(name) is null ? fallback : Text(name, read);

    public T? Value<T>(string name, ReadValue<T> read)
        where T : struct =>
        Find(name) is { } found && TextOf(found) is { } text ? read(text, ComplainOf(found, name)) : null;

    /// <summary>The fallback if it is not there; null if it is there and wrong.</summary>
    public T? Value<T>(string name, ReadValue<T> read, T fallback)
        where T : struct => Find(name) is null ? fallback : Value(name, read);

    public int? Whole(string name) =>
        PlainAt(name) is { } text && PlainScalar.Whole(text) is >= int.MinValue and <= int.MaxValue and var number
            ? (int)number
            : null;

    public int? Whole(string name, int fallback) => Find(name) is null ? fallback : Whole(name);

    public double? Number(string name, double fallback)
    {
        if (Find(name) is null)
        {
            return fallback;
        }

        return PlainAt(name) is { } text ? PlainScalar.Whole(text) ?? PlainScalar.Number(text) : null;
    }

    public bool? Flag(string name, bool fallback)
    {
        if (Find(name) is null)
        {
            return fallback;
        }

        return PlainAt(name) is { } text ? PlainScalar.Flag(text) : null;
    }

    public T? Choice<T>(string name, IReadOnlyDictionary<string, T> choices, T fallback)
        where T : struct
    {
        if (Find(name) is not { } found)
        {
            return fallback;
        }

        return TextOf(found) is { } text && choices.TryGetValue(text, out var choice) ? choice : null;
    }

    public static string? TextOf(ManifestNode found) =>
        found is ManifestNode.Text text && !(text.IsPlain && PlainScalar.IsNull(text.Value)) ? text.Value : null;

    public void Blame(MapEntry entry, Complaint complaint) => errors.Blame(entry.Value, PathOf(entry.Key), complaint);

    private string? PlainAt(string name) => Find(name) is ManifestNode.Text { IsPlain: true } text ? text.Value : null;

    private ManifestNode? Find(string name) => (node as ManifestNode.Map)?[name];

    private IEnumerable<ManifestNode> Items(string name) =>
        Find(name) is ManifestNode.List list ? list.Items.Take(MaxItems) : [];

    private Complain ComplainOf(ManifestNode found, string name) =>
        complaint => errors.Blame(found, PathOf(name), complaint);

    private string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Indexed(string path, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");
}
