using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Tokens, who one is, and signing in to the status page.</summary>
internal static class TokenEndpoints
{
    private const int MaxNameLength = 100;

    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/whoami",
                (ClaimsPrincipal user) =>
                {
                    var caller = Caller.From(user);
                    return new WhoAmI(caller.Name, caller.Roles);
                }
            )
            .WithSummary("Whose token is used, and its roles");
        app.MapPost(
                "/v1/sign-in-links",
                (HttpContext context, ClaimsPrincipal user, SignIns signIns) =>
                {
                    var code = signIns.CreateCode(Caller.From(user));
                    return new SignInLink($"{context.Request.Scheme}://{context.Request.Host}/sign-in?code={code}");
                }
            )
            .WithSummary("A link that opens the status page once");
        app.MapGet("/v1/tokens", ListAsync).Answers<Page<TokenView>>("Tokens, without their secrets");
        app.MapPost("/v1/tokens", CreateAsync).Answers<TokenCreated>("Create a token; its secret is shown once");
        app.MapDelete("/v1/tokens/{id}", RevokeAsync).Answers<ActionResult>("Revoke a token at once");
    }

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal user,
        Database database,
        CancellationToken cancellationToken
    )
    {
        if (Caller.From(user).MissingToAdminister() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        var tokens = await Tokens.ListAsync(database, cancellationToken);
        return Results.Ok(
            new Page<TokenView>([
                .. tokens
                    .Where(token => token.RevokedAt is null)
                    .Select(token => new TokenView(token.Id, token.Name, token.Roles, token.CreatedAt)),
            ])
        );
    }

    private static async Task<IResult> CreateAsync(
        TokenRequest request,
        ClaimsPrincipal user,
        Database database,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (Caller.From(user).MissingToAdminister() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        if (request.Name.Length is 0 or > MaxNameLength || request.Name.Any(char.IsControl))
        {
            return Problems.Invalid(
                "invalid_name",
                "A token needs a name.",
                "Up to 100 characters, such as 'ci' or 'bo'."
            );
        }

        if (request.Roles.Count == 0 || request.Roles.Any(role => role is null || !Caller.IsRole(role)))
        {
            return Problems.Invalid(
                "invalid_role",
                "A token needs one or more known roles.",
                "There are: viewer, publisher:TEAM, sampler:TEAM, approver:STAGE, group:NAME, operator, admin."
            );
        }

        var existing = await Tokens.ListAsync(database, cancellationToken);
        if (existing.Any(token => token.RevokedAt is null && token.Name == request.Name))
        {
            return Problems.Of(
                StatusCodes.Status409Conflict,
                "token_exists",
                $"There is a token named {request.Name}; the journal could not tell the two apart.",
                "Choose another name, or revoke that one: orc token list"
            );
        }

        var secret = FirstToken.NewToken();
        var token = new ApiToken(
            FirstToken.NewId(),
            request.Name,
            [.. request.Roles],
            clock.GetUtcNow(),
            RevokedAt: null
        );
        await Tokens.AddAsync(database, token, Tokens.HashOf(secret), cancellationToken);
        return Results.Ok(new TokenCreated(token.Id, token.Name, token.Roles, secret));
    }

    private static async Task<IResult> RevokeAsync(
        string id,
        ClaimsPrincipal user,
        Database database,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (Caller.From(user).MissingToAdminister() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        return await Tokens.RevokeAsync(database, id, clock.GetUtcNow(), cancellationToken)
            ? Results.Ok(new ActionResult(id, "The token is revoked.", "orc token list"))
            : Problems.NotFound("token", id, "See the tokens: orc token list");
    }
}
