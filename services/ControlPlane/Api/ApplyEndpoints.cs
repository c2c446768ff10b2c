using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
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
        if (!TryRead(request.Files, clock, out var manifests, out var places, out var problem))
        {
            return problem;
        }

        if (!isDryRun && Missing(caller, manifests, conductor.Current.Cell) is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        var input = new CellInput.Apply(caller.Name, manifests, request.PlanId, isDryRun);
        return await conductor.AskAsync(input, cancellationToken) switch
        {
            CellAnswer.Applied applied => Results.Ok(Shape(applied)),
            CellAnswer.Refused refused => Refusal(refused, places),
            var other => throw new InvalidOperationException($"Applying was answered with {other.GetType().Name}."),
        };
    }

    /// <summary>False with the problem when something is wrong with the texts themselves.</summary>
    internal static bool TryRead(
        IReadOnlyList<ManifestFile> files,
        TimeProvider clock,
        [NotNullWhen(true)] out ManifestSet? manifests,
        [NotNullWhen(true)] out ManifestPlaces? places,
        [NotNullWhen(false)] out IResult? problem
    )
    {
        (manifests, places, problem) = (null, null, null);
        // The reader of bodies keeps null out of fields, not out of lists.
        if (files.Any(file => file is null))
        {
            problem = Problems.Invalid("no_documents", "A file is null.", "Give each file a name and its text.");
            return false;
        }

        var reading = ManifestReader.Read([.. files.Select(file => new ManifestText(file.File, file.Text))]);
        if (reading is ManifestReading.Rejected(var errors))
        {
            problem = Rejected(errors);
            return false;
        }

        (manifests, places) = (ManifestReading.Accepted)reading;
        var now = clock.GetUtcNow();
        var unschedulable = manifests
            .Lines.SelectMany(line => Unschedulable(line, now))
            .Concat(manifests.Windows.SelectMany(window => Unschedulable(window, now)))
            .ToList();
        problem = unschedulable.Count > 0 ? Rejected(places.Locate(unschedulable)) : null;
        return problem is null;
    }

    internal static IResult Refusal(CellAnswer.Refused refused, ManifestPlaces places) =>
        refused.Places.IsEmpty
            ? Problems.Of(refused)
            : Problems.OfManifests(Problems.StatusOf(refused), refused.Code, places.Locate(refused.Places));

    /// <summary>Teams publish their own versions; what shapes the fleet is the operators'.</summary>
    private static string? Missing(Caller caller, ManifestSet manifests, Cell cell)
    {
        var hasOnlyVersions =
            manifests is
            {
                Pools.IsEmpty: true,
                Teams.IsEmpty: true,
                Services.IsEmpty: true,
                Lines.IsEmpty: true,
                Windows.IsEmpty: true
            };
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
                $"Line/{line.Name}",
                "spec.timetable.cron",
                "invalid_cron",
                problem,
                "Look for a day that no month has. Seconds come first: '0 0 14 ? * TUE,THU' is Tuesday and Thursday at 14:00."
            );
        }
    }

    private static IEnumerable<RefusedPlace> Unschedulable(Window window, DateTimeOffset now) =>
        window
            .Recurring.Select((recurring, index) => (recurring.Cron, Index: index))
            .Where(each => Departures.After(new Timetable(each.Cron, window.Zone), now) is null)
            .Select(each => new RefusedPlace(
                $"Window/{window.Name}",
                string.Create(CultureInfo.InvariantCulture, $"spec.recurring[{each.Index}].cron"),
                "invalid_cron",
                $"'{each.Cron}' never comes again.",
                "Look for a day that no month has, or a year that is over; write a single period under 'dated'."
            ));

    private static IResult Rejected(ImmutableArray<ManifestError> errors) =>
        Problems.OfManifests(StatusCodes.Status422UnprocessableEntity, "manifest_invalid", errors);

    private static ApplyResult Shape(CellAnswer.Applied applied) =>
        new(applied.PlanId, [.. applied.Changes.Select(PlacementShapes.Of)]);
}
