using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

/// <summary>A small file of an instance.</summary>
internal sealed record FileDraft(string? Path, string? Content, int? Mode)
{
    public static FileDraft Read(Fields file) =>
        new(
            file.Text<string>("path", MountPaths.Read),
            file.Text<string>("content", (text, _) => text),
            file.Value("mode", FileModes.Read, ManifestDefaults.FileMode)
        );
}

/// <summary>Exactly one of name, host path and tmpfs is given in what is right.</summary>
internal sealed record VolumeDraft
{
    private static readonly string[] Kinds = ["name", "hostPath", "tmpfs"];

    public required string? Path { get; init; }

    /// <summary>Of the fields that say where it is from, those that are there.</summary>
    public required ImmutableArray<string> Sources { get; init; }

    public required string? Name { get; init; }

    public required string? HostPath { get; init; }

    public required int? Tmpfs { get; init; }

    public required bool? ReadOnly { get; init; }

    public static VolumeDraft Read(Fields volume) =>
        new()
        {
            Path = volume.Text<string>("path", MountPaths.Read),
            Sources = [.. Kinds.Where(volume.Have)],
            Name = volume.Text<string>("name", (text, _) => text),
            HostPath = volume.Text<string>("hostPath", MountPaths.ReadOfHost),
            Tmpfs = volume.Value<int>("tmpfs", Quantities.Memory),
            ReadOnly = volume.Flag("readOnly", ManifestDefaults.IsReadOnly),
        };

    public VolumeSource ToSource() =>
        Sources switch
        {
            ["name"] => new VolumeSource.Named(Draft.Known(Name)),
            ["hostPath"] => new VolumeSource.OfHost(Draft.Known(HostPath)),
            _ => new VolumeSource.Temporary(Draft.Known(Tmpfs)),
        };
}
