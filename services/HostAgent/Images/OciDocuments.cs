using System.Text.Json.Serialization;

namespace Orchestrator.HostAgent.Images;

/// <summary>Points to a blob, as in the OCI image specification.</summary>
internal sealed record OciDescriptor(string? MediaType, string? Digest, long Size, OciPlatform? Platform);

internal sealed record OciPlatform(string? Architecture, string? Os);

/// <summary>A manifest, or an index of manifests: the one has layers, the other manifests.</summary>
internal sealed record OciManifest(
    string? MediaType,
    OciDescriptor? Config,
    IReadOnlyList<OciDescriptor>? Layers,
    IReadOnlyList<OciDescriptor>? Manifests
);

internal sealed record OciImage(
    [property: JsonPropertyName("config")] OciImageConfig? Config,
    [property: JsonPropertyName("rootfs")] OciRootfs? Rootfs
);

internal sealed record OciRootfs([property: JsonPropertyName("diff_ids")] IReadOnlyList<string>? DiffIds);

/// <summary>What to run in the image. The specification capitalises these names.</summary>
internal sealed record OciImageConfig(
    [property: JsonPropertyName("User")] string? User,
    [property: JsonPropertyName("Env")] IReadOnlyList<string>? Env,
    [property: JsonPropertyName("Entrypoint")] IReadOnlyList<string>? Entrypoint,
    [property: JsonPropertyName("Cmd")] IReadOnlyList<string>? Cmd,
    [property: JsonPropertyName("WorkingDir")] string? WorkingDir,
    [property: JsonPropertyName("StopSignal")] string? StopSignal
)
{
    public static readonly OciImageConfig Empty = new(
        User: null,
        Env: null,
        Entrypoint: null,
        Cmd: null,
        WorkingDir: null,
        StopSignal: null
    );
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OciManifest))]
[JsonSerializable(typeof(OciImage))]
[JsonSerializable(typeof(UnpackedImage))]
internal sealed partial class OciJson : JsonSerializerContext;
