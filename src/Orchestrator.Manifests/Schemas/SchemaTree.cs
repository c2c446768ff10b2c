using Newtonsoft.Json.Linq;
using NJsonSchema;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Schemas;

/// <summary>
/// A document as the schema library wants it, and the way back from its tokens to nodes. Where the schema takes a
/// string, plain text stays as it was written: <c>1.10</c> is a version, not a number that lost its zero.
/// </summary>
internal sealed class SchemaTree
{
    private readonly Dictionary<JToken, ManifestNode> _nodes = new(ReferenceEqualityComparer.Instance);

    private SchemaTree() { }

    public JToken Root { get; private set; } = JValue.CreateNull();

    public static SchemaTree Of(ManifestNode root, JsonSchema schema)
    {
        var tree = new SchemaTree();
        tree.Root = tree.Token(root, schema);
        return tree;
    }

    public ManifestNode NodeOf(JToken token) => _nodes[token is JProperty property ? property.Value : token];

    private JToken Token(ManifestNode node, JsonSchema? schema)
    {
        var actual = schema?.ActualSchema;
        JToken token = node switch
        {
            ManifestNode.Map map => Object(map, actual),
            ManifestNode.List list => List(list, actual),
            ManifestNode.Text text => Value(text, actual),
            _ => JValue.CreateNull(),
        };
        _nodes[token] = node;
        return token;
    }

    private JArray List(ManifestNode.List list, JsonSchema? schema) =>
        new(list.Items.Take(Limit(list.Items.Length, schema?.MaxItems)).Select(item => Token(item, schema?.Item)));

    /// <summary>One too many is enough to be refused for, and in an unknown field nothing is looked at.</summary>
    private static int Limit(int count, int? most) =>
        most switch
        {
            null => 0,
            0 => count, // The schema has no limit.
            _ => Math.Min(count, most.Value + 1),
        };

    private JObject Object(ManifestNode.Map map, JsonSchema? schema)
    {
        var token = new JObject();
        var limit = Limit(map.Entries.Length, schema?.MaxProperties);
        foreach (var entry in map.Entries.Take(limit))
        {
            token.Add(entry.Key, Token(entry.Value, Child(schema, entry.Key)));
        }

        return token;
    }

    /// <summary>Maps of names that are not fields have one pattern, and so one kind of value.</summary>
    private static JsonSchemaProperty? Child(JsonSchema? schema, string key)
    {
        if (schema is null)
        {
            return null;
        }

        return schema.Properties.TryGetValue(key, out var property)
            ? property
            : schema.PatternProperties.Values.FirstOrDefault();
    }

    private static JValue Value(ManifestNode.Text text, JsonSchema? schema)
    {
        if (!text.IsPlain)
        {
            return new JValue(text.Value);
        }

        if (PlainScalar.IsNull(text.Value))
        {
            return JValue.CreateNull();
        }

        var isString = schema is null || schema.Type.HasFlag(JsonObjectType.String);
        if (isString)
        {
            return new JValue(text.Value);
        }

        if (PlainScalar.Flag(text.Value) is { } flag)
        {
            return new JValue(flag);
        }

        if (PlainScalar.Whole(text.Value) is { } whole)
        {
            return new JValue(whole);
        }

        return PlainScalar.Number(text.Value) is { } number ? new JValue(number) : new JValue(text.Value);
    }
}
