using Orchestrator.Core;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

/// <summary>A service to be near or apart from; either required or with a weight.</summary>
internal sealed record NeighbourDraft
{
    public required ServiceName? Service { get; init; }

    /// <summary>Null is the same stage.</summary>
    public required StageName? Stage { get; init; }

    public required string Label { get; init; }

    public required bool? Required { get; init; }

    public required int? Weight { get; init; }

    /// <summary>What the rule is about, the same for two that are about the same; null if that was not readable.</summary>
    public string? Subject => Service is null ? null : $"{Service} {Stage} {Label}";

    public static NeighbourDraft Read(Fields neighbour) =>
        new()
        {
            Service = neighbour.Text<ServiceName>("service", Names.Service),
            Stage = neighbour.Have("stage") ? neighbour.Text<StageName>("stage", Names.Stage) : null,
            Label = neighbour.Text<string>("label", (text, _) => text, NeighbourRule.OnHost) ?? NeighbourRule.OnHost,
            Required = neighbour.Flag("required", fallback: false),
            Weight = neighbour.Whole("weight"),
        };
}
