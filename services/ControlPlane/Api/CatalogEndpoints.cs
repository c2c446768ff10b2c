using System.Collections.Immutable;
using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Services, versions, lines, and publishing.</summary>
internal static class CatalogEndpoints
{
    private const int MaxVariables = 200;
    private const int MaxVariableLength = 32 * 1024;

    public static void MapCatalog(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/services",
                (Conductor conductor) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<ServiceView>([
                        .. cell.Services.Values.Select(each => CatalogShapes.Of(cell, each)),
                    ]);
                }
            )
            .WithSummary("Services with what is deployed of them");
        app.MapGet(
                "/v1/services/{service}",
                (string service, Conductor conductor) =>
                    Find(conductor.Current.Cell, service) is { } found
                        ? Results.Ok(CatalogShapes.Of(conductor.Current.Cell, found))
                        : Unknown(service)
            )
            .Answers<ServiceView>("A service");
        app.MapPost("/v1/services/{service}/versions", PublishAsync)
            .Answers<PublishResult>("Publish a version; the same content again changes nothing");
        app.MapGet(
                "/v1/versions",
                (string? service, Conductor conductor) =>
                    new Page<VersionView>([
                        .. conductor
                            .Current.Cell.Versions.Values.Where(each =>
                                service is null || each.Service.Value == service
                            )
                            .Select(CatalogShapes.Of),
                    ])
            )
            .WithSummary("Published versions");
        MapPoolsAndTeams(app);
        app.MapGet(
                "/v1/lines",
                (string? service, Conductor conductor) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<LineView>([
                        .. cell
                            .Lines.Values.Where(line =>
                                service is null || line.Services.Any(each => each.Value == service)
                            )
                            .Select(line => CatalogShapes.Of(cell, line)),
                    ]);
                }
            )
            .WithSummary("Lines with their next departure, of one service or all");
        app.MapGet(
                "/v1/lines/{line}",
                (string line, Conductor conductor) =>
                    LineName.TryParse(line, out var name)
                    && conductor.Current.Cell.Lines.TryGetValue(name, out var found)
                        ? Results.Ok(CatalogShapes.Of(conductor.Current.Cell, found))
                        : Problems.NotFound("line", line, "See the lines: orc get lines")
            )
            .Answers<LineView>("A line");
    }

    private static void MapPoolsAndTeams(IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/pools",
                (Conductor conductor) =>
                    new Page<PoolView>([.. conductor.Current.Cell.Pools.Values.Select(CatalogShapes.Of)])
            )
            .WithSummary("Pools of hosts");
        app.MapGet(
                "/v1/teams",
                (Conductor conductor) => new Page<TeamView>([.. CatalogShapes.Teams(conductor.Current.Cell)])
            )
            .WithSummary("Teams with what they take of their quotas");
    }

    private static Service? Find(Cell cell, string text) =>
        ServiceName.TryParse(text, out var name) ? cell.Services.GetValueOrDefault(name) : null;

    private static IResult Unknown(string service) =>
        Problems.NotFound("service", service, "See the services: orc get services. A new one: orc apply -f FILE");

    private static async Task<IResult> PublishAsync(
        string service,
        PublishRequest request,
        ClaimsPrincipal user,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        if (Find(conductor.Current.Cell, service) is not { } found)
        {
            return Unknown(service);
        }

        var caller = Caller.From(user);
        if (caller.MissingToPublish(found.Team) is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        if (!TryRead(found.Name, request, out var order, out var problem))
        {
            return problem;
        }

        var answer = await conductor.AskAsync(new CellInput.Publish(caller.Name, order), cancellationToken);
        return answer switch
        {
            CellAnswer.Published published => Results.Ok(
                new PublishResult(
                    published.Version.Service.Value,
                    published.Version.Number.ToString(),
                    published.IsNew ? "created" : "unchanged",
                    published.Version.ContentDigest(),
                    published.Train?.Value ?? "",
                    published.DepartsAt
                )
            ),
            CellAnswer.Refused refused => Problems.Of(refused),
            _ => throw new InvalidOperationException($"Publishing was answered with {answer.GetType().Name}."),
        };
    }

    internal static bool TryRead(
        ServiceName service,
        PublishRequest request,
        out PublishOrder order,
        out IResult problem
    )
    {
        if (!TryReadContent(service, request, out order, out problem))
        {
            return false;
        }

        if (!TryReadProvenance(request, out var provenance))
        {
            problem = Problems.Invalid(
                "invalid_provenance",
                "That is no repository with a commit of it.",
                "Name both: an address such as https://host/team/repo or git@host:team/repo without a password in it, and all 40 or 64 digits of the commit in lower case."
            );
            return false;
        }

        order = order with { Provenance = provenance };
        return true;
    }

    private static bool TryReadContent(
        ServiceName service,
        PublishRequest request,
        out PublishOrder order,
        out IResult problem
    )
    {
        (order, problem) = (Empty(service), Results.Empty);
        if (!SemanticVersion.TryParse(request.Version, out var number))
        {
            problem = Problems.Invalid(
                "invalid_version",
                $"'{request.Version}' is not a version.",
                "Write MAJOR.MINOR.PATCH as of semver.org, such as 1.2.0 or 1.2.0-rc.1, without build metadata."
            );
            return false;
        }

        ImageReference? image = null;
        if (request.Image is not null && !ImageReference.TryParse(request.Image, out image))
        {
            problem = Problems.Invalid(
                "image_not_by_digest",
                $"'{request.Image}' is not an image by digest.",
                "A tag can move: write name@sha256: and 64 hexadecimal digits."
            );
            return false;
        }

        if (!Identifiers.IsChannel(request.Channel))
        {
            problem = Problems.Invalid(
                "invalid_name",
                $"'{request.Channel}' is not a channel.",
                "Lower-case letters, digits and hyphens, starting with a letter, 63 at most."
            );
            return false;
        }

        if (
            request.Environment.Count > MaxVariables
            || request.Environment.Any(each =>
                !Identifiers.IsVariable(each.Key) || each.Value is null || each.Value.Length > MaxVariableLength
            )
        )
        {
            problem = Problems.Invalid(
                "invalid_environment",
                "The environment is not usable.",
                $"At most {MaxVariables} variables, names of letters, digits and underscores, values up to 32 KiB."
            );
            return false;
        }

        order = order with
        {
            Number = number,
            Channel = request.Channel,
            Image = image,
            Environment = request.Environment.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
        return true;
    }

    /// <summary>Null where neither is said.</summary>
    private static bool TryReadProvenance(PublishRequest request, out Provenance? provenance)
    {
        provenance = request is { Repository: { } repository, Commit: { } commit }
            ? new Provenance(repository, commit)
            : null;
        return provenance is null
            ? request is { Repository: null, Commit: null }
            : Provenance.IsRepository(provenance.Repository) && Provenance.IsCommit(provenance.Commit);
    }

    private static PublishOrder Empty(ServiceName service) =>
        new()
        {
            Service = service,
            Number = SemanticVersion.Parse("0.0.0"),
            Channel = "",
            Image = null,
            Environment = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
        };
}
