using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using NJsonSchema;
using Orchestrator.Contracts.Bus;
using Orchestrator.Messaging;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Contracts.Tests;

/// <summary>
/// The committed schemas are what agents and control planes of other versions hold us to, so they change only on purpose.
/// </summary>
public sealed class MessageSchemaTests
{
    private const string WriteVariable = "ORC_WRITE_SCHEMAS";

    /// <summary>The types that are sent: those of the bus that are no part of another.</summary>
    private static readonly IReadOnlyList<Type> Messages = FindMessages();

    public static TheoryData<string> Names => [.. Messages.Select(message => message.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_committed_schema_is_that_of_the_record(string name)
    {
        var message = Messages.Single(type => type.Name == name);
        var path = Path.Combine(SchemaDirectory(), $"{name}.schema.json");
        var current = SchemaOf(message) + "\n";
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            await File.WriteAllTextAsync(path, current, TestContext.Current.CancellationToken);
        }

        var committed = File.Exists(path)
            ? await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)
            : "";
        Assert.True(
            committed == current,
            $"""
            {name} and schemas/messages/{name}.schema.json differ. Programs of other versions read this message: add
            members that are not required, and remove or rename none. If the change is meant, write the schemas with

                {WriteVariable}=1 dotnet run --project tests/Orchestrator.Contracts.Tests

            and commit them. The record now gives:

            {current}
            """
        );
    }

    [Fact]
    public void No_schema_is_left_of_a_message_that_is_gone() =>
        Assert.Equal(
            Messages.Select(message => $"{message.Name}.schema.json").Order(StringComparer.Ordinal),
            Directory.GetFiles(SchemaDirectory()).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_message_on_the_wire_satisfies_its_schema(string name)
    {
        var schema = await JsonSchema.FromJsonAsync(
            SchemaOf(Messages.Single(type => type.Name == name)),
            TestContext.Current.CancellationToken
        );
        var sample = Sample(name);

        Assert.Empty(schema.Validate(JsonSerializer.Serialize(sample, sample.GetType(), BusJson.Options)));
        Assert.NotEmpty(schema.Validate("""{"hosts":1}"""));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_is_the_same_after_a_round_trip(string name)
    {
        var sample = Sample(name);
        var json = JsonSerializer.Serialize(sample, sample.GetType(), BusJson.Options);

        var back = JsonSerializer.Deserialize(json, sample.GetType(), BusJson.Options);

        Assert.Equivalent(sample, back, strict: true);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_a_newer_sender_added_is_ignored(string name)
    {
        var sample = Sample(name);
        var node = JsonSerializer.SerializeToNode(sample, sample.GetType(), BusJson.Options)!;
        node["addedInTheFuture"] = new JsonObject { ["a"] = 1 };

        var back = node.Deserialize(sample.GetType(), BusJson.Options);

        Assert.Equivalent(sample, back, strict: true);
    }

    [Fact]
    public void Enums_are_names_on_the_wire() =>
        Assert.Contains(
            "\"notReady\"",
            JsonSerializer.Serialize(SampleMessages.HostReport, BusJson.Options),
            StringComparison.Ordinal
        );

    [Fact]
    public void An_older_conductor_that_says_nothing_about_restarts_means_always()
    {
        var node = JsonSerializer.SerializeToNode(SampleMessages.AssignHost, BusJson.Options)!;
        node["instances"]![0]!.AsObject().Remove("restart");

        var back = node.Deserialize<AssignHost>(BusJson.Options);

        Assert.Equal(RestartPolicy.Always, back?.Instances[0].Restart);
    }

    private static object Sample(string name) => SampleMessages.All.Single(sample => sample.GetType().Name == name);

    private static string SchemaOf(Type message)
    {
        // A sender always writes what a constructor takes; a reader need not insist on it.
        var options = new JsonSerializerOptions(BusJson.Options) { RespectRequiredConstructorParameters = true };
        var schema = options
            .GetJsonSchemaAsNode(message, new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true })
            .AsObject();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", message.Name);
        return schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" });
    }

    private static List<Type> FindMessages()
    {
        var records = typeof(AssignHost)
            .Assembly.GetExportedTypes()
            .Where(type =>
                type.Namespace == typeof(AssignHost).Namespace && type is { IsClass: true, IsAbstract: false }
            )
            .ToList();
        var parts = records
            .SelectMany(record => record.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .SelectMany(property => property.PropertyType.GetGenericArguments().Append(property.PropertyType))
            .ToHashSet();
        return
        [
            .. records.Where(record => !parts.Contains(record)).OrderBy(record => record.Name, StringComparer.Ordinal),
        ];
    }

    private static string SchemaDirectory()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Orchestrator.sln")))
        {
            directory =
                directory.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return directory.CreateSubdirectory("schemas/messages").FullName;
    }
}
