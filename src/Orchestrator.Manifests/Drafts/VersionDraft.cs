using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

internal sealed record VersionDraft : Draft
{
    public required ServiceName? Service { get; init; }

    public required SemanticVersion? Number { get; init; }

    public required string? Channel { get; init; }

    /// <summary>Null also if the template's is to be used.</summary>
    public required ImageReference? Image { get; init; }

    public required ImmutableSortedDictionary<string, string> Env { get; init; }

    /// <summary>Null also if nobody has said.</summary>
    public required Provenance? Provenance { get; init; }

    public override string Kind => "Version";

    public override string? Identity => Service is null || Number is null ? null : $"{Service} {Number}";

    public override string Subject => $"{Kind}/{Service}/{Number}";

    public override string IdentityPath => "metadata.version";

    public static VersionDraft Read(ManifestDocument document, Fields root)
    {
        var (metadata, spec) = (root.Object("metadata"), root.Object("spec"));
        return new VersionDraft
        {
            Document = document,
            Service = metadata.Text<ServiceName>("service", Names.Service),
            Number = metadata.Text<SemanticVersion>("version", Versions.Read),
            Channel = spec.Text("channel", Names.Channel, ManifestDefaults.Channel),
            Image = spec.Text<ImageReference>("image", Images.Read),
            Env = Variables.Read(spec.Object("env")),
            Provenance = ReadProvenance(spec.Object("provenance")),
        };
    }

    public PublishOrder ToOrder() =>
        new()
        {
            Service = Known(Service),
            Number = Known(Number),
            Channel = Known(Channel),
            Image = Image,
            Environment = Env,
            Provenance = Provenance,
        };

    private static Provenance? ReadProvenance(Fields fields)
    {
        var repository = fields.Text<string>("repository", Provenances.Repository);
        var commit = fields.Text<string>("commit", Provenances.Commit);
        return repository is null || commit is null ? null : new Provenance(repository, commit);
    }
}
