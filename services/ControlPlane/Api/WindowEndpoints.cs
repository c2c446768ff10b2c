using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Windows, and people who stop the line.</summary>
internal static class WindowEndpoints
{
    private const string Next = "orc get windows";
    private const long MaxSeconds = 31L * 24 * 60 * 60;
    private const int MaxNames = 100;

    public static void MapWindows(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/windows",
                (Conductor conductor, TimeProvider clock) =>
                    new Page<WindowView>([
                        .. conductor.Current.Cell.Windows.Values.Select(each =>
                            WindowShapes.Of(each, clock.GetUtcNow())
                        ),
                    ])
            )
            .WithSummary("Windows, and halts");
        app.MapGet(
                "/v1/windows/{name}",
                (string name, Conductor conductor, TimeProvider clock) =>
                    WindowName.TryParse(name, out var id)
                    && conductor.Current.Cell.Windows.TryGetValue(id, out var window)
                        ? Results.Ok(WindowShapes.Of(window, clock.GetUtcNow()))
                        : Unknown(name)
            )
            .Answers<WindowView>("A window");
        app.MapPost("/v1/halts", HaltAsync)
            .Answers<ActionResult>("Stop the line: nothing departs, begins or goes on, but what goes back");
        app.MapPost(
                "/v1/windows/{name}/release",
                (
                    string name,
                    RolloutAction? action,
                    ClaimsPrincipal user,
                    Conductor conductor,
                    CancellationToken cancellationToken
                ) =>
                {
                    var caller = Caller.From(user);
                    return WindowName.TryParse(name, out var id)
                        ? Answers.OfOperatorAsync(
                            new CellInput.ReleaseWindow(caller.Name, id, action?.Reason ?? ""),
                            caller,
                            conductor,
                            Next,
                            cancellationToken
                        )
                        : Task.FromResult(Unknown(name));
                }
            )
            .Answers<ActionResult>("End a halt, or any window");
    }

    private static Task<IResult> HaltAsync(
        HaltRequest request,
        ClaimsPrincipal user,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        if (request.WithinSeconds is < 1 or > MaxSeconds)
        {
            return Task.FromResult(
                Problems.Invalid(
                    "out_of_range",
                    "A halt lasts 1 second to 31 days.",
                    "Or leave the time out, and release it."
                )
            );
        }

        if (!TryParse(request, out var services, out var stages))
        {
            return Task.FromResult(
                Problems.Invalid(
                    "invalid_name",
                    "A service or a stage is no name, or there are more than 100.",
                    "See the lines: orc get lines"
                )
            );
        }

        var caller = Caller.From(user);
        TimeSpan? within = request.WithinSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return Answers.OfOperatorAsync(
            new CellInput.Halt(caller.Name, services.Value, stages.Value, within, request.Reason),
            caller,
            conductor,
            Next,
            cancellationToken
        );
    }

    private static bool TryParse(
        HaltRequest request,
        [NotNullWhen(true)] out ImmutableArray<ServiceName>? services,
        [NotNullWhen(true)] out ImmutableArray<StageName>? stages
    )
    {
        services =
        [
            .. request
                .Services.Select(text => ServiceName.TryParse(text, out var name) ? name : null)
                .OfType<ServiceName>(),
        ];
        stages =
        [
            .. request.Stages.Select(text => StageName.TryParse(text, out var name) ? name : null).OfType<StageName>(),
        ];
        return services.Value.Length == request.Services.Count
            && stages.Value.Length == request.Stages.Count
            && Math.Max(request.Services.Count, request.Stages.Count) <= MaxNames;
    }

    private static IResult Unknown(string name) =>
        Problems.NotFound("window", name, "See the windows: orc get windows");
}
