using System.Collections.Immutable;
using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Manifests;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Manifests: all of a request is applied, or nothing.</summary>
internal static class ApplyEndpoints
{
    public static void MapApply(this IEndpointRouteBuilder app)
    {
        app.MapPost(
                "/v1/diff",
                (
                    ApplyRequest request,
                    ClaimsPrincipal user,
                    Conductor conductor,
                    TimeProvider clock,
                    CancellationToken cancellationToken
                ) => HandleAsync(request, isDryRun: true, Caller.From(user), conductor, clock, cancellationToken)
            )
            .Answers<ApplyResult>("What applying the manifests would change; changes nothing");
        app.MapPost(
                "/v1/apply",
                (
                    ApplyRequest request,
                    ClaimsPrincipal user,
                    Conductor conductor,
                    TimeProvider clock,
                    CancellationToken cancellationToken
                ) => HandleAsync(request, isDryRun: false, Caller.From(user), conductor, clock, cancellationToken)
            )
            .Answers<ApplyResult>("Apply manifests, all or nothing");
    }

    private static async Task<IResult> HandleAsync(
        ApplyRequest request,
        bool isDryRun,
        Caller caller,
        Conductor conductor,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        // The reader of bodies keeps null out of fields, not out of lists.
        if (request.Files.Any(file => file is null))
        {
            return Problems.Invalid("no_documents", "A file is null.", "Give each file a name and its text.");
        }

        var reading = ManifestReader.Read([.. request.Files.Select(file => new ManifestText(file.File, file.Text))]);
        if (reading is ManifestReading.Rejected(var errors))
        {
            return Rejected(errors);
        }

        var (manifests, places) = (ManifestReading.Accepted)reading;
        if (!isDryRun && Missing(caller, manifests, conductor.Current.Cell) is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        var unschedulable = manifests.Lines.SelectMany(line => Unschedulable(line, clock.GetUtcNow())).ToList();
        if (unschedulable.Count > 0)
        {
            return Rejected(places.Locate(unschedulable));
        }

        var input = new CellInput.Apply(caller.Name, manifests, request.PlanId, isDryRun);
        return await conductor.AskAsync(input, cancellationToken) switch
        {
            CellAnswer.Applied applied => Results.Ok(Shape(applied)),
            CellAnswer.Refused { Places.IsEmpty: false } wrong => Problems.OfManifests(
                Problems.StatusOf(wrong),
                wrong.Code,
                places.Locate(wrong.Places)
            ),
            CellAnswer.Refused refused => Problems.Of(refused),
            var other => throw new InvalidOperationException($"Applying was answered with {other.GetType().Name}."),
        };
    }

    /// <summary>Teams publish their own versions; what shapes the fleet is the operators'.</summary>
    private static string? Missing(Caller caller, ManifestSet manifests, Cell cell)
    {
        var hasOnlyVersions =
            manifests is { Pools.IsEmpty: true, Teams.IsEmpty: true, Services.IsEmpty: true, Lines.IsEmpty: true };
        return hasOnlyVersions
            ? manifests
                .Versions.Select(order => cell.Services.GetValueOrDefault(order.Service))
                .OfType<Service>()
                .Select(service => caller.MissingToPublish(service.Team))
                .FirstOrDefault(missing => missing is not null)
            : caller.MissingToOperate();
    }

    private static IEnumerable<RefusedPlace> Unschedulable(Line line, DateTimeOffset now)
    {
        if (Departures.ProblemOf(line.Timetable, now) is { } problem)
        {
            yield return new RefusedPlace(
                $"Line/{line.Service}",
                "spec.timetable.cron",
                "invalid_cron",
                problem,
                "Look for a day that no month has. Seconds come first: '0 0 14 ? * TUE,THU' is Tuesday and Thursday at 14:00."
            );
        }
    }

    private static IResult Rejected(ImmutableArray<ManifestError> errors) =>
        Problems.OfManifests(StatusCodes.Status422UnprocessableEntity, "manifest_invalid", errors);

    private static string Word(ManifestAction action) =>
        action switch
        {
            ManifestAction.Created => "created",
            ManifestAction.Updated => "updated",
            ManifestAction.Unchanged => "unchanged",
            _ => throw new ArgumentOutOfRangeException(nameof(action)),
        };

    private static ApplyResult Shape(CellAnswer.Applied applied) =>
        new(
            applied.PlanId,
            [
                .. applied.Changes.Select(change => new ObjectChange(
                    change.Kind,
                    change.Name,
                    Word(change.Action),
                    change.Differences
                )),
            ]
        );
}
