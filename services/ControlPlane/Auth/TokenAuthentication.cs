using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Orchestrator.ControlPlane.Api;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Auth;

/// <summary>Bearer tokens for programs, a session cookie for the status page. Only hashes of secrets are compared and stored.</summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    Database database,
    SignIns signIns
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggerFactory, encoder)
{
    public const string Token = "Token";
    private const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers[HeaderNames.Authorization].ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            var secret = header[Bearer.Length..].Trim();
            if (HostSecret.Is(secret))
            {
                return AuthenticateResult.NoResult(); // Nobody is somebody by it; who joins is looked at there.
            }

            var hash = Tokens.HashOf(secret);
            var token = await Tokens.FindByHashAsync(database, hash, Context.RequestAborted);
            return token is null
                ? AuthenticateResult.Fail("The token is unknown or revoked.")
                : Succeed(new Caller(token.Name, token.Roles));
        }

        return
            Request.Cookies.TryGetValue(SignIns.CookieName, out var session)
            && signIns.FindSession(session) is { } caller
            && await HasTokenAsync(caller)
            ? Succeed(caller)
            : AuthenticateResult.NoResult();
    }

    /// <summary>A session ends with the token that opened it, on whichever replica that was revoked.</summary>
    private async Task<bool> HasTokenAsync(Caller caller)
    {
        var tokens = await Tokens.ListAsync(database, Context.RequestAborted);
        return tokens.Any(token => token.RevokedAt is null && token.Name == caller.Name);
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
        {
            Response.Redirect("/sign-in");
            return Task.CompletedTask;
        }

        Response.Headers.WWWAuthenticate = "Bearer realm=\"orchestrator\"";
        return Problems
            .Of(
                StatusCodes.Status401Unauthorized,
                "unauthenticated",
                "A valid token is needed.",
                "Send 'Authorization: Bearer TOKEN'; orc reads ORC_TOKEN, or the file admin-token in ORC_DATA."
            )
            .ExecuteAsync(Context);
    }

    private AuthenticateResult Succeed(Caller caller)
    {
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, caller.Name), .. caller.Roles.Select(role => new Claim(ClaimTypes.Role, role))],
            Scheme.Name
        );
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }
}
