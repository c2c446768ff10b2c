using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Orchestrator.Manifests.Tests;

/// <summary>The schemas, the documentation and the examples say what the code does.</summary>
public sealed partial class SchemaTests
{
    private static readonly string Root = FindRoot();

    private static readonly string[] ExampleFolders = ["services", "charts", "docs", "src", "tests"];

    public static TheoryData<string> KindSchemas => [.. ManifestSchemas.Names.Where(name => name != "manifest.json")];

    /// <summary>Every YAML file of the repository that says it is ours.</summary>
    public static TheoryData<string> ExampleFiles =>
        [
            .. ExampleFolders
                .Select(folder => Path.Combine(Root, folder))
                .Where(Directory.Exists)
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*.y*ml", SearchOption.AllDirectories))
                .Where(file => File.ReadAllText(file).Contains("apiVersion: orchestrator/v1", StringComparison.Ordinal))
                .Select(file => Path.GetRelativePath(Root, file))
                .Order(StringComparer.Ordinal),
        ];

    [Fact]
    public void What_is_built_in_is_what_stands_in_the_repository()
    {
        var files = Directory
            .GetFiles(Path.Combine(Root, "schemas", "manifests"))
            .Order(StringComparer.Ordinal)
            .ToList();

        Assert.Equal(files.Select(Path.GetFileName), ManifestSchemas.Names);
        Assert.All(files, file => Assert.Equal(File.ReadAllText(file), ManifestSchemas.Read(Path.GetFileName(file))));
        Assert.Equal(7, ManifestSchemas.Names.Length);
        Assert.Null(ManifestSchemas.Read("../service.json"));
    }

    [Theory]
    [MemberData(nameof(ExampleFiles))]
    public void Every_example_in_the_repository_is_accepted(string file)
    {
        Manifests.Accepted(File.ReadAllText(Path.Combine(Root, file)));
    }

    [Fact]
    public void The_boutique_is_accepted_as_a_whole()
    {
        var files = Directory.GetFiles(Path.Combine(Root, "services", "Samples", "boutique"), "*.yaml");

        var manifests = Manifests.Accepted([.. files.Select(File.ReadAllText)]);

        Assert.Equal(
            (12, 12, 12, 1),
            (manifests.Services.Length, manifests.Versions.Length, manifests.Lines.Length, manifests.Pools.Length)
        );
        var names = manifests.Services.Select(service => service.Name).ToHashSet();
        Assert.All(
            manifests.Services.SelectMany(service => service.Dependencies),
            dependency => Assert.Contains(dependency.Service, names)
        );
        Assert.All(
            files,
            file =>
                Assert.StartsWith(
                    "# yaml-language-server: $schema=../../../schemas/manifests/manifest.json\n",
                    File.ReadAllText(file),
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void Every_example_in_the_documentation_is_accepted()
    {
        var blocks = YamlBlock()
            .Matches(Documentation())
            .Select(match => match.Groups["block"].Value)
            .Where(block => block.Contains("apiVersion:", StringComparison.Ordinal))
            .ToList();

        Assert.InRange(blocks.Count, 4, 100);
        Assert.All(blocks, block => Manifests.Accepted(block));
    }

    [Fact]
    public void Every_code_is_explained_in_the_documentation_and_no_other()
    {
        var codes = typeof(ManifestErrorCodes)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!)
            .Order(StringComparer.Ordinal);

        var explained = CodeRow().Matches(Documentation()).Select(match => match.Groups["code"].Value);

        Assert.Equal(codes, explained.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(KindSchemas))]
    public void Every_field_is_explained_with_an_example_and_allows_no_other(string name)
    {
        foreach (var (path, schema) in Objects(Parsed(name)))
        {
            Assert.True(schema["additionalProperties"]?.GetValue<bool>() == false, $"{path} allows unknown fields.");
            foreach (var (field, node) in Fields(schema))
            {
                Assert.True(node!["description"] is not null, $"{path}.{field} has no description.");
                Assert.True(
                    node["examples"] is not null || node["enum"] is not null,
                    $"{path}.{field} has no example."
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(KindSchemas))]
    public void The_defaults_of_a_schema_are_those_of_the_reader(string name)
    {
        var schema = Parsed(name);
        var bare = schema["examples"]![0]!;
        Assert.IsType<ManifestReading.Accepted>(Manifests.Read(bare.ToJsonString()));
        RemoveDefaults(bare, schema);
        var full = bare.DeepClone();
        var written = WriteDefaults(full, schema);

        // Compared by text, as records that hold collections have no equality.
        var expected = Dumped(Manifests.Accepted(bare.ToJsonString()));
        var actual = Dumped(Manifests.Accepted(full.ToJsonString()));

        Assert.InRange(written, name == "team.json" ? 0 : 1, 100); // A team has nothing but what it says.
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void What_schemas_share_they_say_alike()
    {
        var definitions = KindSchemas
            .SelectMany(row => Parsed(row.Data)["definitions"]!.AsObject())
            .GroupBy(pair => pair.Key, StringComparer.Ordinal);

        Assert.All(
            definitions,
            same => Assert.Single(same.Select(pair => pair.Value!.ToJsonString()).Distinct(StringComparer.Ordinal))
        );
    }

    [Theory]
    [InlineData("Service")]
    [InlineData("Version")]
    [InlineData("Line")]
    [InlineData("Pool")]
    [InlineData("Team")]
    public async Task The_schema_of_all_kinds_takes_each_and_refuses_what_its_kind_refuses(string kind)
    {
        var schema = await JsonSchema.FromFileAsync(
            Path.Combine(Root, "schemas", "manifests", "manifest.json"),
            TestContext.Current.CancellationToken
        );
        var example = Parsed($"{kind.ToLowerInvariant()}.json")["examples"]![0]!;
        var wrong = example.DeepClone();
        wrong["spec"]!["colour"] = "blue";

        Assert.Empty(schema.Validate(example.ToJsonString(), (JsonSchemaValidatorSettings?)null));
        Assert.NotEmpty(schema.Validate(wrong.ToJsonString(), (JsonSchemaValidatorSettings?)null));
    }

    [Fact]
    public async Task Schemas_may_be_used_by_many_at_once()
    {
        var readings = await Task.WhenAll(
            Enumerable
                .Range(0, 32)
                .Select(_ => Task.Run(() => Manifests.Read(Manifests.All), TestContext.Current.CancellationToken))
        );

        Assert.All(readings, reading => Assert.IsType<ManifestReading.Accepted>(reading));
    }

    private static string Documentation() => File.ReadAllText(Path.Combine(Root, "docs", "manifests.md"));

    private static JsonObject Parsed(string name) => JsonNode.Parse(ManifestSchemas.Read(name)!)!.AsObject();

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Fields(JsonObject schema) =>
        schema["properties"] is JsonObject fields ? fields.Select(pair => pair) : [];

    private static IEnumerable<(string Path, JsonObject Schema)> Objects(JsonNode? node)
    {
        if (node is JsonObject schema)
        {
            if (schema["properties"] is not null)
            {
                yield return (schema.GetPath(), schema);
            }

            foreach (var found in schema.Where(pair => pair.Key != "examples").SelectMany(pair => Objects(pair.Value)))
            {
                yield return found;
            }
        }
    }

    private static void RemoveDefaults(JsonNode? value, JsonObject schema)
    {
        foreach (var item in value as JsonArray ?? [])
        {
            RemoveDefaults(item, schema["items"]!.AsObject());
        }

        foreach (var (field, node) in Fields(schema))
        {
            if (value is JsonObject map && node!["default"] is JsonValue)
            {
                map.Remove(field);
            }

            RemoveDefaults(value?[field], node!.AsObject());
        }
    }

    /// <summary>Adds what a value leaves out and its schema has a default for; says how often.</summary>
    private static int WriteDefaults(JsonNode value, JsonObject schema)
    {
        var written = 0;
        foreach (var item in value as JsonArray ?? [])
        {
            written += WriteDefaults(item!, schema["items"]!.AsObject());
        }

        foreach (var (field, node) in Fields(schema))
        {
            if (value[field] is null && node!["default"] is { } fallback)
            {
                value[field] = fallback.DeepClone();
                written++;
            }
            else if (value[field] is null && field is "boarding" or "canary" or "judge")
            {
                value[field] = new JsonObject(); // Parts whose absence means the same as being empty.
            }

            written += value[field] is { } present ? WriteDefaults(present, node!.AsObject()) : 0;
        }

        return written;
    }

    private static string Dumped(object value) => Newtonsoft.Json.JsonConvert.SerializeObject(value);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Orchestrator.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }

    [GeneratedRegex(
        "```yaml\n(?<block>.*?)```",
        RegexOptions.Singleline | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex YamlBlock();

    /// <summary>A row of the table of codes, which come first in it.</summary>
    [GeneratedRegex(
        "^\\| `(?<code>[a-z_]+)` \\| [A-Z]",
        RegexOptions.Multiline | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex CodeRow();
}
