using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record TemplateDraft
{
    public required ImageReference? Image { get; init; }

    public required ImmutableArray<string> Command { get; init; }

    public required ImmutableSortedDictionary<string, string> Env { get; init; }

    public required ResourcesDraft Resources { get; init; }

    public required bool HasPort { get; init; }

    public required int? Port { get; init; }

    public required HealthDraft Health { get; init; }

    public required TimeSpan? StopGrace { get; init; }

    public required PlacementDraft Placement { get; init; }

    public static TemplateDraft Read(Fields template) =>
        new()
        {
            Image = template.Text<ImageReference>("image", Images.Read),
            Command = template.Texts("command"),
            Env = Variables.Read(template.Object("env")),
            Resources = ResourcesDraft.Read(template.Object("resources")),
            HasPort = template.Have("port"),
            Port = template.Whole("port", ManifestDefaults.NoPort),
            Health = HealthDraft.Read(template.Object("health")),
            StopGrace = template.Value(
                "stopGrace",
                Durations.Between(TimeSpan.Zero, TimeSpan.FromMinutes(10)),
                ManifestDefaults.StopGrace
            ),
            Placement = PlacementDraft.Read(template.Object("placement")),
        };
}

internal sealed record ResourcesDraft(QuantitiesDraft Requests, QuantitiesDraft Limits)
{
    public static ResourcesDraft Read(Fields resources) =>
        new(QuantitiesDraft.Read(resources.Object("requests")), QuantitiesDraft.Read(resources.Object("limits")));
}

/// <summary>In millicores and mebibytes.</summary>
internal sealed record QuantitiesDraft(int? Cpu, int? Memory)
{
    public static QuantitiesDraft Read(Fields quantities) =>
        new(quantities.Value<int>("cpu", Quantities.Cpu), quantities.Value<int>("memory", Quantities.Memory));
}

internal sealed record HealthDraft
{
    public required bool IsThere { get; init; }

    public required string? Path { get; init; }

    public required TimeSpan? Interval { get; init; }

    public required TimeSpan? Timeout { get; init; }

    public required int? UnhealthyAfter { get; init; }

    public required TimeSpan? Startup { get; init; }

    public static HealthDraft Read(Fields health) =>
        new()
        {
            IsThere = health.AreThere,
            Path = health.Text<string>("path", (text, _) => text),
            Interval = health.Value(
                "interval",
                Durations.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
                ManifestDefaults.HealthInterval
            ),
            Timeout = health.Value(
                "timeout",
                Durations.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
                ManifestDefaults.HealthTimeout
            ),
            UnhealthyAfter = health.Whole("unhealthyAfter", ManifestDefaults.UnhealthyAfter),
            Startup = health.Value(
                "startup",
                Durations.Between(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
                ManifestDefaults.HealthStartup
            ),
        };
}
