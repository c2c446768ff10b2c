using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;

namespace Orchestrator.Storage;

/// <summary>How Core's types are written as JSON in the database. Unknown and missing members are refused on reading.</summary>
public static class StoredJson
{
    /// <summary>Names the case of a closed record family.</summary>
    private const string CaseMember = "$type";

    private static readonly JsonSerializerOptions Whole = CreateWhole();
    private static readonly SharedConverter<InstanceTemplate> Templates = new(Whole);
    private static readonly SharedConverter<Stage> Stages = new(Whole);
    private static readonly JsonSerializerOptions Options = CreateOptions();

    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">The text does not fit the type.</exception>
    public static T Deserialize<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"null is no {typeof(T).Name}.");

    /// <summary>What is read from here on is not one object with what was read before.</summary>
    internal static void ForgetShared()
    {
        Templates.Forget();
        Stages.Forget();
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(Whole) { Converters = { Templates, Stages } };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Each object by itself.</summary>
    private static JsonSerializerOptions CreateWhole()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            IgnoreReadOnlyProperties = true, // What is computed is not stored.
            AllowOutOfOrderMetadataProperties = true, // PostgreSQL once sorted members.
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // Evidence may overflow.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // It never meets a browser.
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameCases, AskForAll } },
            Converters =
            {
                new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false),
                new OrdinalDictionaryConverter(),
                new MetricSampleConverter(),
                new ObservationLogConverter(),
                new TextConverter<GatewayId>(GatewayId.Parse),
                new TextConverter<HostId>(HostId.Parse),
                new TextConverter<ImageReference>(ImageReference.Parse),
                new TextConverter<InstanceId>(InstanceId.Parse),
                new TextConverter<PoolName>(PoolName.Parse),
                new TextConverter<ResourceName>(ResourceName.Parse),
                new TextConverter<RolloutId>(RolloutId.Parse),
                new TextConverter<SecretName>(SecretName.Parse),
                new TextConverter<SemanticVersion>(SemanticVersion.Parse),
                new TextConverter<ServiceName>(ServiceName.Parse),
                new TextConverter<StageName>(StageName.Parse),
                new TextConverter<TeamName>(TeamName.Parse),
                new TextConverter<LineName>(LineName.Parse),
                new TextConverter<TrainId>(TrainId.Parse),
                new TextConverter<WindowName>(WindowName.Parse),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>What the constructor of a class asks for, nobody asks for of a struct.</summary>
    private static void AskForAll(JsonTypeInfo info)
    {
        foreach (var member in info.Type == typeof(MetricObservation) ? info.Properties : [])
        {
            member.IsRequired = true;
        }
    }

    /// <summary>A closed record family is abstract, and its cases are nested in it.</summary>
    private static void NameCases(JsonTypeInfo info)
    {
        if (!info.Type.IsAbstract || info.Kind == JsonTypeInfoKind.None)
        {
            return;
        }

        var cases = info.Type.GetNestedTypes().Where(nested => nested.IsSubclassOf(info.Type)).ToArray();
        if (cases.Length == 0)
        {
            return;
        }

        info.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = CaseMember };
        foreach (var @case in cases)
        {
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(@case, @case.Name));
        }
    }
}
