using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What lines must hold against services, pools and each other.</summary>
internal static class LineChecks
{
    private const string DefaultPool = "default";

    public static IEnumerable<RefusedPlace> Check(
        CellDraft draft,
        ManifestSet manifests,
        IReadOnlyDictionary<ServiceName, Service> services
    ) =>
        [
            .. manifests.Lines.SelectMany(line => UnknownServices(line, services)),
            .. manifests.Lines.SelectMany(line => UnknownPools(draft, manifests, line)),
            .. manifests.Lines.SelectMany(line => OtherCounts(draft, manifests, line)),
        ];

    private static IEnumerable<RefusedPlace> UnknownServices(
        Line line,
        IReadOnlyDictionary<ServiceName, Service> services
    )
    {
        if (!services.ContainsKey(line.Service))
        {
            yield return Unknown(line, "metadata.service", line.Service);
        }

        foreach (var (index, coupled) in line.Coupled.Index())
        {
            if (!services.ContainsKey(coupled.Service))
            {
                yield return Unknown(
                    line,
                    string.Create(CultureInfo.InvariantCulture, $"spec.coupled[{index}].service"),
                    coupled.Service
                );
            }
        }
    }

    private static RefusedPlace Unknown(Line line, string path, ServiceName service) =>
        new(
            $"Line/{line.Name}",
            path,
            "service_unknown",
            $"There is no service {service}.",
            "Check the name, or apply the service together with this."
        );

    private static IEnumerable<RefusedPlace> UnknownPools(CellDraft draft, ManifestSet manifests, Line line) =>
        line
            .Route.Select((stage, index) => (stage, index))
            .Where(each =>
                each.stage.Pool.Value != DefaultPool
                && draft.Pools.Find(each.stage.Pool) is null
                && manifests.Pools.All(pool => pool.Name != each.stage.Pool)
            )
            .Select(each => new RefusedPlace(
                $"Line/{line.Name}",
                string.Create(CultureInfo.InvariantCulture, $"spec.route[{each.index}].pool"),
                "pool_unknown",
                $"There is no pool {each.stage.Pool}.",
                "Declare it with a manifest of kind Pool; the pool default always exists and has all hosts."
            ));

    /// <summary>A service has as many instances at a stage, and where, as all lines that take it there say.</summary>
    private static IEnumerable<RefusedPlace> OtherCounts(CellDraft draft, ManifestSet manifests, Line line)
    {
        foreach (var (index, stage) in line.Route.Index())
        {
            var others =
                from service in line.Services
                from other in Others(draft, manifests, line, service)
                from there in other.Route
                where there.Name == stage.Name && (there.Count != stage.Count || there.Pool != stage.Pool)
                select (Service: service, Line: other.Name, Stage: there);
            if (others.FirstOrDefault() is { Stage: { } differing } first)
            {
                yield return new RefusedPlace(
                    $"Line/{line.Name}",
                    string.Create(CultureInfo.InvariantCulture, $"spec.route[{index}]"),
                    "stage_differs",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The line {first.Line} takes {first.Service} to {stage.Name} too, with {differing.Count} instances in pool {differing.Pool}."
                    ),
                    "Give both lines the same count and pool there, or the stage another name."
                );
            }
        }
    }

    private static IEnumerable<Line> Others(CellDraft draft, ManifestSet manifests, Line line, ServiceName service) =>
        manifests
            .Lines.Where(other => other.Services.Contains(service))
            .Concat(draft.LinesOf(service).Where(stored => manifests.Lines.All(each => each.Name != stored.Name)))
            .Where(other => other.Name != line.Name);
}
