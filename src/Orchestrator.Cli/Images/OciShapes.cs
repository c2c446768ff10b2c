using System.Text.Json.Serialization;

namespace Orchestrator.Cli.Images;

internal static class OciMediaType
{
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    public const string Config = "application/vnd.oci.image.config.v1+json";

    /// <summary>Not compressed: a host unpacks it at the speed of its disk, and no compressor's version shows in the digest.</summary>
    public const string TarLayer = "application/vnd.oci.image.layer.v1.tar";
}

internal sealed record OciDescriptor(string MediaType, string Digest, long Size);

internal sealed record OciManifest
{
    public const int Schema = 2;

    public required int SchemaVersion { get; init; }

    public required string MediaType { get; init; }

    public required OciDescriptor Config { get; init; }

    public required IReadOnlyList<OciDescriptor> Layers { get; init; }
}

/// <summary>The image's configuration. It has no time of creation, or no two packings would be the same.</summary>
internal sealed record OciConfig
{
    public required string Architecture { get; init; }

    public required string Os { get; init; }

    public required OciProcess Config { get; init; }

    public required OciRootfs Rootfs { get; init; }
}

internal sealed record OciProcess
{
    [JsonPropertyName("Entrypoint")]
    public required IReadOnlyList<string>? Entrypoint { get; init; }

    [JsonPropertyName("Env")]
    public required IReadOnlyList<string>? Env { get; init; }
}

internal sealed record OciRootfs
{
    public required string Type { get; init; }

    [JsonPropertyName("diff_ids")]
    public required IReadOnlyList<string> DiffIds { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(OciConfig))]
[JsonSerializable(typeof(OciManifest))]
internal sealed partial class OciJson : JsonSerializerContext;
