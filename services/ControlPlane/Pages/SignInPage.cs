using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>
/// Trades a one-time code or a token for a browser session. A session may only read, whatever its owner may: browsers
/// send cookies to every port of a host, so what the gateway serves sees it and could use it. Who may approve is led to a
/// page whose address holds another secret, which goes nowhere else.
/// </summary>
internal static class SignInPage
{
    private const string Path = "/sign-in";

    /// <summary>A form with one token.</summary>
    private const int MaxFormBytes = 4 * 1024;

    /// <summary>Secure wherever the page itself is: on a laptop there is plain HTTP, on loopback.</summary>
    private static readonly CookieBuilder SessionCookie = new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        SecurePolicy = CookieSecurePolicy.SameAsRequest,
        MaxAge = SignIns.SessionLifetime,
        Path = "/",
    };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, GiveCode).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(Path, GiveTokenAsync)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(MaxFormBytes))
            .ExcludeFromDescription();
    }

    private static IResult GiveCode(
        string? code,
        HttpContext context,
        SignIns signIns,
        Conductor conductor,
        IAntiforgery antiforgery
    )
    {
        if (code is null)
        {
            return Show(context, antiforgery, StatusCodes.Status200OK, trouble: "");
        }

        return signIns.TakeCode(code) is { } caller
            ? Enter(context, signIns, conductor, caller)
            : Show(
                context,
                antiforgery,
                StatusCodes.Status401Unauthorized,
                "This link was used before or is too old. Get a new one."
            );
    }

    private static async Task<IResult> GiveTokenAsync(
        [FromForm] string token,
        HttpContext context,
        Database database,
        SignIns signIns,
        Conductor conductor,
        IAntiforgery antiforgery,
        CancellationToken cancellationToken
    )
    {
        var hash = Tokens.HashOf(token.Trim());
        return await Tokens.FindByHashAsync(database, hash, cancellationToken) is { } found
            ? Enter(context, signIns, conductor, new Caller(found.Name, found.Roles))
            : Show(context, antiforgery, StatusCodes.Status401Unauthorized, "This token is unknown or revoked.");
    }

    private static IResult Enter(HttpContext context, SignIns signIns, Conductor conductor, Caller caller)
    {
        context.Response.Cookies.Append(
            SignIns.CookieName,
            signIns.CreateSession(caller with { Roles = [Caller.Viewer] }),
            SessionCookie.Build(context)
        );
        var mayApprove =
            caller.IsApprover || conductor.Current.Cell.Delegations.Values.Any(each => each.To == caller.Name);
        return Results.Redirect(mayApprove ? ApprovalPage.AddressOf(signIns.CreateDesk(caller)) : "/");
    }

    private static RazorComponentResult<SignInDocument> Show(
        HttpContext context,
        IAntiforgery antiforgery,
        int status,
        string trouble
    )
    {
        var proof = antiforgery.GetAndStoreTokens(context);
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(SignInDocument.Trouble)] = trouble,
            [nameof(SignInDocument.FieldName)] = proof.FormFieldName,
            [nameof(SignInDocument.RequestToken)] = proof.RequestToken,
        };
        return new RazorComponentResult<SignInDocument>(parameters) { StatusCode = status };
    }
}
