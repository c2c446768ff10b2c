using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What manifests must hold against each other and against what is there.</summary>
internal static class ManifestChecks
{
    public static ImmutableArray<RefusedPlace> Check(
        CellDraft draft,
        ManifestSet manifests,
        ImmutableArray<ServiceVersion> versions
    )
    {
        var services = draft.Services.Rows.ToDictionary(service => service.Name);
        foreach (var service in manifests.Services)
        {
            services[service.Name] = service;
        }

        return
        [
            .. manifests.Services.SelectMany(service => Dependencies(draft, service, services, versions)),
            .. manifests.Services.SelectMany(service => Neighbours(service, services)),
            .. manifests.Services.SelectMany(service => Secrets.Check(draft, service)),
            .. manifests.Versions.Where(order => !services.ContainsKey(order.Service)).Select(UnknownService),
            .. LineChecks.Check(draft, manifests, services),
            .. QuotaChecks.Check(draft, manifests, services),
            .. versions.SelectMany(version => Conflicts(draft, version)),
            .. Cycle(manifests, services),
            .. KindChecks.Check(draft, manifests, services),
        ];
    }

    private static IEnumerable<RefusedPlace> Dependencies(
        CellDraft draft,
        Service service,
        Dictionary<ServiceName, Service> services,
        ImmutableArray<ServiceVersion> versions
    )
    {
        foreach (var (dependency, index) in service.Dependencies.Select((each, index) => (each, index)))
        {
            var (subject, path) = ($"Service/{service.Name}", $"spec.dependencies[{index}]");
            if (!services.ContainsKey(dependency.Service))
            {
                yield return new RefusedPlace(
                    subject,
                    path,
                    "dependency_unknown",
                    $"{service.Name} depends on {dependency.Service}, which nobody provides.",
                    "Check the name, or apply that service together with this one."
                );
                continue;
            }

            var published = draft
                .Versions.Rows.Concat(versions)
                .Where(version => version.Service == dependency.Service)
                .Select(version => version.Number)
                .ToList();
            if (published.Count > 0 && !published.Exists(dependency.Range.Contains))
            {
                yield return new RefusedPlace(
                    subject,
                    path,
                    "dependency_unsatisfied",
                    $"No published version of {dependency.Service} satisfies {dependency.Range.Text}; the newest is {published.Max()}.",
                    "Widen the range, or publish a version that satisfies it first."
                );
            }
        }
    }

    private static IEnumerable<RefusedPlace> Neighbours(Service service, Dictionary<ServiceName, Service> services) =>
        from list in new[]
        {
            (Name: "near", Rules: service.Template.Placement.Near),
            (Name: "apart", Rules: service.Template.Placement.Apart),
        }
        from each in list.Rules.Select((rule, index) => (rule.Service, Index: index))
        where !services.ContainsKey(each.Service)
        select new RefusedPlace(
            $"Service/{service.Name}",
            $"spec.template.placement.{list.Name}[{each.Index}]",
            "neighbour_unknown",
            $"{service.Name} is placed by where {each.Service} is, which nobody provides.",
            "Check the name, or apply that service together with this one."
        );

    private static RefusedPlace UnknownService(PublishOrder order) =>
        new(
            $"Version/{order.Service}/{order.Number}",
            "metadata.service",
            "service_unknown",
            $"There is no service {order.Service}.",
            "Check the name, or apply the service together with this."
        );

    private static IEnumerable<RefusedPlace> Conflicts(CellDraft draft, ServiceVersion version)
    {
        var stored = draft.Versions.Find(new VersionKey(version.Service, version.Number));
        if (stored is not null && stored.ContentDigest() != version.ContentDigest())
        {
            var conflict = Publication.Conflict(stored, version);
            yield return new RefusedPlace(
                $"Version/{version.Service}/{version.Number}",
                "spec",
                conflict.Code,
                conflict.Message,
                conflict.Hint
            );
        }
    }

    private static IEnumerable<RefusedPlace> Cycle(ManifestSet manifests, Dictionary<ServiceName, Service> services)
    {
        var cycle = Reconciliation.Dependencies.Cycle(services);
        if (cycle.Length > 0 && manifests.Services.Length > 0)
        {
            var members = cycle.Split(" → ");
            var blamed = manifests.Services.FirstOrDefault(each => members.Contains(each.Name.Value));
            yield return new RefusedPlace(
                $"Service/{(blamed ?? manifests.Services[0]).Name}",
                "spec.dependencies",
                "dependency_cycle",
                $"Services depend on each other in a circle: {cycle}.",
                "Each waits for the other before it may run at a stage: remove one of the dependencies."
            );
        }
    }
}
