using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

internal sealed record ServiceDraft : Draft
{
    public required ServiceMetadataDraft Metadata { get; init; }

    public required ServiceSpecDraft Spec { get; init; }

    public override string Kind => "Service";

    public override string? Identity => Metadata.Name?.Value;

    public override string IdentityPath => "metadata.name";

    public static ServiceDraft Read(ManifestDocument document, Fields root)
    {
        var (metadata, spec) = (root.Object("metadata"), root.Object("spec"));
        return new ServiceDraft
        {
            Document = document,
            Metadata = new ServiceMetadataDraft(
                metadata.Text<ServiceName>("name", Names.Service),
                metadata.Text<TeamName>("team", Names.Team)
            ),
            Spec = new ServiceSpecDraft(
                KindDraft.Read(spec),
                BatchDraft.Read(spec.Object("batch")),
                TemplateDraft.Read(spec.Object("template")),
                [
                    .. spec.Objects("dependencies")
                        .Select(dependency => new DependencyDraft(
                            dependency.Text<ServiceName>("service", Names.Service),
                            dependency.Text<VersionRange>("range", Versions.ReadRange)
                        )),
                ],
                spec.Whole("priority", ManifestDefaults.Priority),
                RoutingDraft.Read(spec.Object("routing"))
            ),
        };
    }

    public Service ToService() =>
        new()
        {
            Name = Known(Metadata.Name),
            Team = Known(Metadata.Team),
            Template = ToTemplate(Spec.Template) with { Kind = KindDraft.ToKind(Spec.Kind, Spec.Batch) },
            Dependencies =
            [
                .. Spec.Dependencies.Select(dependency => new Dependency(
                    Known(dependency.Service),
                    Known(dependency.Range)
                )),
            ],
            Priority = Known(Spec.Priority),
            Routing = Spec.Routing.ToRules(),
        };

    private static InstanceTemplate ToTemplate(TemplateDraft template) =>
        new()
        {
            Image = Known(template.Image),
            Command = template.Command,
            Environment = template.Env,
            Request = ToRequest(template.Resources),
            Devices =
            [
                .. template
                    .Resources.Devices.Select(device => new DeviceRequest(
                        device.Class,
                        device.Count ?? 1,
                        device.Share ?? DeviceRequest.Whole
                    ))
                    .OrderBy(device => device.Class, StringComparer.Ordinal),
            ],
            Limit = new Resources(
                template.Resources.Limits.Cpu ?? NoLimit,
                template.Resources.Limits.Memory ?? NoLimit
            ),
            Port = Known(template.Port),
            Health = template.Health.ToCheck(),
            Liveness = template.Liveness.ToCheck(),
            StopGrace = Known(template.StopGrace),
            Placement = ToRules(template.Placement),
            Container = ToContainer(template),
        };

    private static ContainerSettings ToContainer(TemplateDraft template) =>
        new()
        {
            StopSignal = template.StopSignal,
            PreStop = Known(template.PreStop),
            Limits =
            [
                .. template.Ulimits.Select(limit => new ProcessLimit(
                    limit.Key,
                    Known(limit.Value.Soft),
                    Known(limit.Value.Hard)
                )),
            ],
            HasInit = Known(template.Init),
            Files =
            [
                .. template
                    .Files.Select(file => new ContainerFile(Known(file.Path), Known(file.Content), Known(file.Mode)))
                    .OrderBy(file => file.Path, StringComparer.Ordinal),
            ],
            Secrets =
            [
                .. template.Secrets.Select(secret => secret.ToUse()).OrderBy(use => use.Line(), StringComparer.Ordinal),
            ],
            Volumes =
            [
                .. template
                    .Volumes.Select(volume => new VolumeMount(
                        Known(volume.Path),
                        volume.ToSource(),
                        Known(volume.ReadOnly)
                    ))
                    .OrderBy(volume => volume.Path, StringComparer.Ordinal),
            ],
        };

    private static Resources ToRequest(ResourcesDraft resources) =>
        new(Known(resources.Requests.Cpu), Known(resources.Requests.Memory))
        {
            DiskMebibytes = resources.Requests.Disk ?? 0,
            Counts =
            [
                .. resources.HostPorts.Select(port => new NamedCount(ResourceName.Port(Known(port)), Count: 1)),
                .. resources.Custom.Select(count => new NamedCount(ResourceName.Parse(count.Key), count.Value)),
            ],
        };

    private static PlacementRules ToRules(PlacementDraft placement) =>
        new()
        {
            Constraints = [.. placement.Constraints.Select(constraint => constraint.ToConstraint())],
            Affinities =
            [
                .. placement.Affinities.Select(affinity => new Affinity(
                    affinity.Wanted.ToConstraint(),
                    Known(affinity.Weight)
                )),
            ],
            Spreads =
            [
                .. placement.Spread.Select(spread => new SpreadRule(
                    spread.Label,
                    Known(spread.MaxSkew),
                    Known(spread.Hard),
                    spread.Targets,
                    Known(spread.MaxPerDomain)
                )),
            ],
            MostPerHost = Known(placement.MaxPerHost),
            Near = [.. placement.Near.Select(ToRule)],
            Apart = [.. placement.Apart.Select(ToRule)],
        };

    private static NeighbourRule ToRule(NeighbourDraft neighbour) =>
        new(Known(neighbour.Service), neighbour.Stage, neighbour.Label, neighbour.Weight);

    /// <summary>As <see cref="InstanceTemplate.Limit"/> says.</summary>
    private const int NoLimit = 0;
}

internal sealed record ServiceMetadataDraft(ServiceName? Name, TeamName? Team);

internal sealed record ServiceSpecDraft(
    KindChoice? Kind,
    BatchDraft Batch,
    TemplateDraft Template,
    ImmutableArray<DependencyDraft> Dependencies,
    int? Priority,
    RoutingDraft Routing
);

internal sealed record DependencyDraft(ServiceName? Service, VersionRange? Range);
