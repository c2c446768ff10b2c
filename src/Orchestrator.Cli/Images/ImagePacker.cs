using System.Collections.Immutable;

namespace Orchestrator.Cli.Images;

/// <summary>What to pack, and where to.</summary>
internal sealed record PackOrder
{
    public required DirectoryInfo Rootfs { get; init; }

    public required string Name { get; init; }

    public required string Layout { get; init; }

    public required IReadOnlyList<string> Entrypoint { get; init; }

    public required IReadOnlyList<string> Environment { get; init; }

    public required string Architecture { get; init; }
}

/// <summary>The image by digest, and what could not be taken into it.</summary>
internal sealed record PackedImage(string Reference, ImmutableArray<string> Warnings);

/// <summary>Makes an image of one layer out of a directory. Nothing of time, place or user gets in: same content, same digest.</summary>
internal static class ImagePacker
{
    public static async Task<PackedImage> PackAsync(PackOrder order, CancellationToken cancellationToken)
    {
        var layout = ImageLayout.Open(order.Layout);
        var warnings = ImmutableArray<string>.Empty;
        var layer = await layout.AddBlobAsync(
            OciMediaType.TarLayer,
            async (stream, token) => warnings = await RootfsLayer.WriteAsync(order.Rootfs, stream, token),
            cancellationToken
        );
        var config = new OciConfig
        {
            Architecture = order.Architecture,
            Os = "linux",
            Config = new OciProcess
            {
                Entrypoint = order.Entrypoint is [] ? null : order.Entrypoint,
                Env = order.Environment is [] ? null : order.Environment,
            },
            // The layer is not compressed, so its digest is its difference id.
            Rootfs = new OciRootfs { Type = "layers", DiffIds = [layer.Digest] },
        };
        var manifest = new OciManifest
        {
            SchemaVersion = OciManifest.Schema,
            MediaType = OciMediaType.Manifest,
            Config = await layout.AddJsonAsync(
                OciMediaType.Config,
                config,
                OciJson.Default.OciConfig,
                cancellationToken
            ),
            Layers = [layer],
        };
        var descriptor = await layout.AddJsonAsync(
            OciMediaType.Manifest,
            manifest,
            OciJson.Default.OciManifest,
            cancellationToken
        );
        await layout.NameAsync(order.Name, descriptor, cancellationToken);
        return new PackedImage($"{order.Name}@{descriptor.Digest}", warnings);
    }
}
