using Orchestrator.Contracts.Http;

namespace Orchestrator.Embedded;

/// <summary>Trouble on purpose: only the embedded program has these, because only it owns its hosts.</summary>
internal static class DevEndpoints
{
    public static void MapDev(this IEndpointRouteBuilder endpoints, HostFleet fleet)
    {
        endpoints
            .MapPost(
                "/v1/dev/hosts/{host}/power-off",
                async (string host, CancellationToken cancellationToken) =>
                    Answer(
                        host,
                        await fleet.PowerOffAsync(host, cancellationToken),
                        done: $"{host} has no power: its agent and its containers are gone.",
                        already: $"{host} had no power already.",
                        next: $"orc dev power-on {host}"
                    )
            )
            .Produces<ActionResult>()
            .WithSummary("Cut the power of a host");
        endpoints
            .MapPost(
                "/v1/dev/hosts/{host}/power-on",
                async (string host, CancellationToken cancellationToken) =>
                    Answer(
                        host,
                        await fleet.PowerOnAsync(host, cancellationToken),
                        done: $"{host} starts.",
                        already: $"{host} had power already.",
                        next: "orc hosts"
                    )
            )
            .Produces<ActionResult>()
            .WithSummary("Start a host again");
    }

    private static IResult Answer(string host, bool? hasChanged, string done, string already, string next)
    {
        if (hasChanged is not { } changed)
        {
            var problem = new Problem
            {
                Title = $"There is no host {host} in this program.",
                Status = StatusCodes.Status404NotFound,
                Code = "host_unknown",
                Hint = "See the hosts: orc hosts",
            };
            return Results.Json(problem, contentType: "application/problem+json", statusCode: problem.Status);
        }

        return Results.Ok(new ActionResult(host, changed ? done : already, next));
    }
}
