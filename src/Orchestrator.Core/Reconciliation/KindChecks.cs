using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What a service's kind asks of its line, and of what runs already.</summary>
internal static class KindChecks
{
    public static IEnumerable<RefusedPlace> Check(
        CellDraft draft,
        ManifestSet manifests,
        IReadOnlyDictionary<ServiceName, Service> services
    ) =>
        [
            .. manifests.Services.SelectMany(service => Change(draft, service)),
            .. manifests.Lines.SelectMany(line => Line(line, services, blamed: null)),
            // A service whose line stays as it is must fit that line.
            .. manifests
                .Services.SelectMany(service =>
                    draft.LinesOf(service.Name).Select(line => (Line: line, Service: service))
                )
                .Where(each => manifests.Lines.All(line => line.Name != each.Line.Name))
                .SelectMany(each => Line(each.Line, services, $"Service/{each.Service.Name}")),
        ];

    /// <summary>Whether versions of both kinds may follow each other at a stage.</summary>
    public static bool IsSame(ServiceKind left, ServiceKind right) => left.GetType() == right.GetType();

    private static IEnumerable<RefusedPlace> Change(CellDraft draft, Service service)
    {
        if (draft.Services.Find(service.Name) is not { Template.Kind: var kind } || IsSame(kind, service.Template.Kind))
        {
            yield break;
        }

        var isDeployed = draft.Deployments.Rows.Any(deployment => deployment.Service == service.Name);
        var isUnderWay = draft.OpenTrainsWith(service.Name).Any();
        if (isDeployed || isUnderWay)
        {
            yield return new RefusedPlace(
                $"Service/{service.Name}",
                "spec.kind",
                "kind_fixed",
                $"{service.Name} is a {kind.Word} and {(isDeployed ? "is deployed" : "has a train under way")}, so it cannot become a {service.Template.Kind.Word}.",
                $"Declare the {service.Template.Kind.Word} under another name, or leave 'kind: {kind.Word}'."
            );
        }
    }

    /// <param name="blamed">What is wrong if the line is not among what is applied; null if it is.</param>
    private static IEnumerable<RefusedPlace> Line(
        Line line,
        IReadOnlyDictionary<ServiceName, Service> services,
        string? blamed
    )
    {
        foreach (var service in line.Services.Select(services.GetValueOrDefault).OfType<Service>())
        {
            foreach (var place in Line(line, service, blamed))
            {
                yield return place;
            }
        }
    }

    private static IEnumerable<RefusedPlace> Line(Line line, Service service, string? blamed)
    {
        var kind = service.Template.Kind;
        foreach (var (index, stage) in line.Route.Index())
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"spec.route[{index}]");
            if (Wrong(service.Name, kind, stage) is var (field, code, message, hint))
            {
                yield return new RefusedPlace(
                    blamed ?? $"Line/{line.Name}",
                    blamed is null ? $"{at}{field}" : "spec.kind",
                    code,
                    message,
                    hint
                );
            }
        }
    }

    private static (string Field, string Code, string Message, string Hint)? Wrong(
        ServiceName service,
        ServiceKind kind,
        Stage stage
    ) =>
        (kind, stage) switch
        {
            (ServiceKind.Service, { Count: 0 }) => (
                "",
                "count_missing",
                $"The stage {stage.Name} does not say how many instances of {service} it has.",
                "Add 'count'. Only a daemon and a batch have none."
            ),
            (ServiceKind.Daemon, { Count: > 0 }) => (
                ".count",
                "count_unexpected",
                $"{service} is a daemon: the stage {stage.Name} has one on every host that it matches.",
                "Remove 'count'."
            ),
            (ServiceKind.Batch, { Count: > 0 }) => (
                ".count",
                "count_unexpected",
                $"{service} is a batch: its completions say how many instances run at the stage {stage.Name}.",
                "Remove 'count'."
            ),
            (ServiceKind.Batch, { Strategy.Steps.IsEmpty: false }) => (
                ".canary.steps",
                "batch_canary",
                $"{service} is a batch and gets no requests, so the stage {stage.Name} can give a canary none.",
                "Remove 'canary.steps'."
            ),
            (ServiceKind.Daemon or ServiceKind.Batch, { Strategy.Exchange: not Exchange.Rolling }) => (
                "",
                "strategy_unexpected",
                $"{service} is a {kind.Word}, whose instances the stage {stage.Name} exchanges one after the other.",
                $"Remove '{(stage.Strategy.Exchange is Exchange.Recreate ? "recreate" : "blueGreen")}'."
            ),
            _ => null,
        };
}
