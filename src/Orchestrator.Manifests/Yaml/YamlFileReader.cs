using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Orchestrator.Manifests.Yaml;

/// <summary>
/// Makes nodes of one file's parse events. Nothing is resolved or converted here: neither aliases, so that a document
/// is never larger than its text, nor tags, so that no type is chosen by whoever wrote it.
/// </summary>
internal sealed class YamlFileReader(
    ManifestText file,
    int fileIndex,
    YamlBudget budget,
    ErrorList errors,
    ImmutableArray<ManifestDocument>.Builder documents
)
{
    /// <summary>Some editors begin a file with it; to the scanner it is text when a '---' follows.</summary>
    private const char ByteOrderMark = '\uFEFF';

    private readonly Scanner _scanner = new(new StringReader(file.Text.TrimStart(ByteOrderMark)), skipComments: true);
    private readonly Stack<YamlFrame> _open = new();
    private int _nodes;
    private bool _isOver;

    public void Read()
    {
        if (InvalidCharacters.Find(file.Text) is { } place)
        {
            Add(place, YamlComplaints.NotText);
            return;
        }

        var parser = new Parser(_scanner);
        while (!_isOver && MoveNext(parser))
        {
            Take(parser.Current!);
        }
    }

    private bool MoveNext(Parser parser)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (YamlException exception)
        {
            Add(PlaceOf(exception.Start), YamlComplaints.Malformed(exception.Message));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // What the scanner throws for "..." twice and for "\UFFFFFFFF"; neither carries its place.
            Add(PlaceOf(_scanner.CurrentPosition), YamlComplaints.Malformed("This is not YAML."));
        }

        return false;
    }

    private void Take(ParsingEvent parsed)
    {
        switch (parsed)
        {
            case DocumentStart start:
                Open(start);
                break;
            case AnchorAlias alias:
                Count(PlaceOf(alias.Start));
                Add(PlaceOf(alias.Start), YamlComplaints.Alias);
                Attach(new ManifestNode.Refused(PlaceOf(alias.Start), OwnerAt(alias)));
                break;
            case Scalar scalar:
                CheckNode(scalar);
                Attach(Text(scalar));
                break;
            case MappingStart or SequenceStart:
                CheckNode((NodeEvent)parsed);
                Push((NodeEvent)parsed);
                break;
            case MappingEnd or SequenceEnd:
                Attach(_open.Pop().ToNode());
                break;
            default:
                break; // Ends of documents and of the stream say nothing new.
        }
    }

    private void Open(DocumentStart start)
    {
        if (++budget.Documents > ManifestLimits.MaxDocuments)
        {
            Stop(PlaceOf(start.Start), YamlComplaints.Documents);
        }
    }

    private void Count(Place place)
    {
        _nodes++;
        budget.Nodes++;
        if (_nodes > ManifestLimits.MaxNodes)
        {
            Stop(place, YamlComplaints.Nodes);
        }
        else if (budget.Nodes > ManifestLimits.MaxTotalNodes)
        {
            Stop(place, YamlComplaints.TotalNodes);
        }
    }

    private void CheckNode(NodeEvent node)
    {
        Count(PlaceOf(node.Start));
        if (!node.Anchor.IsEmpty)
        {
            Add(PlaceOf(node.Start), YamlComplaints.Anchor);
        }

        if (!node.Tag.IsEmpty)
        {
            Add(PlaceOf(node.Start), YamlComplaints.Tag);
        }
    }

    private ManifestNode Text(Scalar scalar)
    {
        var place = PlaceOf(scalar.Start);
        if (InvalidCharacters.Find(scalar.Value) is not null)
        {
            Add(place, YamlComplaints.NotText);
            return new ManifestNode.Refused(place, OwnerAt(scalar));
        }

        return new ManifestNode.Text(place, OwnerAt(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain);
    }

    private void Push(NodeEvent start)
    {
        if (_open.Count >= ManifestLimits.MaxDepth)
        {
            Stop(PlaceOf(start.Start), YamlComplaints.Depth);
            return;
        }

        _open.Push(new YamlFrame(PlaceOf(start.Start), OwnerAt(start), isMap: start is MappingStart));
    }

    private void Attach(ManifestNode node)
    {
        if (_open.TryPeek(out var parent))
        {
            if (parent.Take(node) is { } complaint)
            {
                Add(node.Place, complaint);
            }
        }
        else if (!(node is ManifestNode.Text { IsPlain: true } text && PlainScalar.IsNull(text.Value)))
        {
            // A document of nothing, as before a leading '---', declares nothing.
            documents.Add(new ManifestDocument(file.File, fileIndex, node));
        }
    }

    /// <summary>Reading on would cost more than a manifest may.</summary>
    private void Stop(Place place, Complaint complaint)
    {
        if (!_isOver)
        {
            Add(place, complaint);
        }

        _isOver = true;
    }

    private Place OwnerAt(ParsingEvent node) =>
        _open.TryPeek(out var parent) && parent.PendingKey is { } key ? key : PlaceOf(node.Start);

    private void Add(Place place, Complaint complaint) =>
        errors.Add(fileIndex, place, () => ManifestErrors.At(file.File, place, PathHere(), complaint));

    private string PathHere() => string.Concat(_open.Reverse().Select(frame => frame.PathPart)).TrimStart('.');

    private static Place PlaceOf(Mark mark) => new((int)mark.Line, (int)mark.Column);
}
