using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record TemplateDraft
{
    /// <summary>Of what an instance is given to end in.</summary>
    private static readonly TimeSpan MaxStop = TimeSpan.FromMinutes(10);

    public required ImageReference? Image { get; init; }

    public required ImmutableArray<string> Command { get; init; }

    public required ImmutableSortedDictionary<string, string> Env { get; init; }

    public required ResourcesDraft Resources { get; init; }

    public required bool HasPort { get; init; }

    public required int? Port { get; init; }

    public required HealthDraft Health { get; init; }

    public required HealthDraft Liveness { get; init; }

    public required TimeSpan? StopGrace { get; init; }

    public required PlacementDraft Placement { get; init; }

    public required string? StopSignal { get; init; }

    public required TimeSpan? PreStop { get; init; }

    public required ImmutableSortedDictionary<string, LimitDraft> Ulimits { get; init; }

    public required bool? Init { get; init; }

    public required ImmutableArray<FileDraft> Files { get; init; }

    public required ImmutableArray<VolumeDraft> Volumes { get; init; }

    public required ImmutableArray<SecretDraft> Secrets { get; init; }

    public static TemplateDraft Read(Fields template) =>
        new()
        {
            Image = template.Text<ImageReference>("image", Images.Read),
            Command = template.Texts("command"),
            Env = Variables.Read(template.Object("env")),
            Resources = ResourcesDraft.Read(template.Object("resources")),
            HasPort = template.Have("port"),
            Port = template.Whole("port", ManifestDefaults.NoPort),
            Health = HealthDraft.ReadHealth(template.Object("health")),
            Liveness = HealthDraft.ReadLiveness(template.Object("liveness")),
            StopGrace = template.Value(
                "stopGrace",
                Durations.Between(TimeSpan.Zero, MaxStop),
                ManifestDefaults.StopGrace
            ),
            StopSignal = template.Text<string>("stopSignal", (text, _) => text),
            PreStop = template.Value("preStop", Durations.Between(TimeSpan.Zero, MaxStop), ManifestDefaults.PreStop),
            Ulimits = LimitDraft.ReadAll(template.Object("ulimits")),
            Init = template.Flag("init", ManifestDefaults.HasInit),
            Files = [.. template.Objects("files").Select(FileDraft.Read)],
            Secrets = [.. template.Objects("secrets").Select(SecretDraft.Read)],
            Volumes = [.. template.Objects("volumes").Select(VolumeDraft.Read)],
            Placement = PlacementDraft.Read(template.Object("placement")),
        };
}

internal sealed record ResourcesDraft
{
    public required QuantitiesDraft Requests { get; init; }

    public required QuantitiesDraft Limits { get; init; }

    public required ImmutableArray<int?> HostPorts { get; init; }

    public required ImmutableArray<DeviceDraft> Devices { get; init; }

    public required ImmutableSortedDictionary<string, int> Custom { get; init; }

    public static ResourcesDraft Read(Fields resources) =>
        new()
        {
            Requests = QuantitiesDraft.Read(resources.Object("requests")),
            Limits = QuantitiesDraft.Read(resources.Object("limits")),
            HostPorts = resources.Wholes("hostPorts"),
            Devices =
            [
                .. resources
                    .Objects("devices")
                    .Select(device => new DeviceDraft(
                        device.Text<string>("class", (text, _) => text) ?? "",
                        device.Whole("count"),
                        device.Whole("share")
                    )),
            ],
            Custom = ReadCounts(resources.Object("custom")),
        };

    public static ImmutableSortedDictionary<string, int> ReadCounts(Fields counts) =>
        counts
            .Entries.Select(entry => (entry.Key, Count: counts.Whole(entry.Key)))
            .Where(count => count.Count is not null && ResourceName.IsPlainName(count.Key))
            .ToImmutableSortedDictionary(count => count.Key, count => count.Count ?? 0, StringComparer.Ordinal);
}

/// <summary>Exactly one of count and share is given in what is right.</summary>
internal sealed record DeviceDraft(string Class, int? Count, int? Share);

/// <summary>In millicores and mebibytes.</summary>
internal sealed record QuantitiesDraft(int? Cpu, int? Memory, int? Disk)
{
    public static QuantitiesDraft Read(Fields quantities) =>
        new(
            quantities.Value<int>("cpu", Quantities.Cpu),
            quantities.Value<int>("memory", Quantities.Memory),
            quantities.Value<int>("disk", Quantities.Disk)
        );
}
