using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.Net.Http.Headers;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Enrolling;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Api;

/// <summary>How hosts are let in and put out.</summary>
internal static class EnrolmentEndpoints
{
    private const string Joining = "joining";
    private const string Bearer = "Bearer ";

    /// <summary>A host's name and nothing else.</summary>
    private const int MaxJoinBytes = 4 * 1024;

    /// <summary>From one address. There is nothing to guess; this bounds what strangers can make the database do.</summary>
    private const int JoinsPerMinute = 60;

    private const long DefaultTtlSeconds = 3_600;
    private const long LeastTtlSeconds = 60;
    private const long MostTtlSeconds = 86_400;

    public static void AddEnrolmentLimits(this IServiceCollection services) =>
        services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limits.AddPolicy(
                Joining,
                context =>
                    RateLimitPartition.GetFixedWindowLimiter(
                        context.Connection.RemoteIpAddress?.ToString() ?? "",
                        _ => new FixedWindowRateLimiterOptions
                        {
                            PermitLimit = JoinsPerMinute,
                            Window = TimeSpan.FromMinutes(1),
                        }
                    )
            );
        });

    public static void MapEnrolment(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/hosts/tokens", ListAsync)
            .Answers<Page<HostTokenView>>("Tokens that still let a host join, without their secrets");
        app.MapPost("/v1/hosts/tokens", CreateAsync)
            .Answers<HostTokenCreated>("Create a token that lets one host join once; it is shown once");
        app.MapDelete("/v1/hosts/tokens/{id}", RevokeAsync).Answers<ActionResult>("Take a host's token back");
        app.MapPost("/v1/hosts/join", JoinAsync)
            .Answers<JoinAnswer>("Join as a host, with a host's token as bearer; answers its own user of the broker")
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(MaxJoinBytes))
            .RequireRateLimiting(Joining)
            .TakesHostToken();
        app.MapPost("/v1/hosts/{host}/forget", ForgetAsync)
            .Answers<ActionResult>("Delete the user that a host joined with; cuts its agent off");
    }

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal user,
        Database database,
        ControlPlaneOptions options,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (Caller.From(user).MissingToOperate() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        var open = await HostTokens.ListAsync(database, options.Cell, clock.GetUtcNow(), cancellationToken);
        return Results.Ok(
            new Page<HostTokenView>([
                .. open.Select(token => new HostTokenView(
                    token.Id,
                    token.Host ?? "",
                    token.CreatedBy,
                    token.CreatedAt,
                    token.ExpiresAt
                )),
            ])
        );
    }

    private static async Task<IResult> CreateAsync(
        HostTokenRequest? request,
        HttpContext context,
        Database database,
        Enrolments enrolments,
        BrokerUsers users,
        ControlPlaneOptions options,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.From(context.User);
        if (caller.MissingToOperate() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        if (EnrolmentProblems.WhyNobodyCanJoin(options, users) is { } nobody)
        {
            return nobody;
        }

        var ttlSeconds = request?.TtlSeconds ?? DefaultTtlSeconds;
        if (ttlSeconds is < LeastTtlSeconds or > MostTtlSeconds)
        {
            return Problems.Invalid(
                "invalid_ttl",
                $"A host's token cannot be good for {ttlSeconds} seconds.",
                "It is good for 1m to 24h: orc host token --ttl 1h"
            );
        }

        HostId? host = null;
        if (request?.Host is { } name && !EnrolmentProblems.IsHost(name, out host))
        {
            return EnrolmentProblems.InvalidHost(name);
        }

        var secret = HostSecret.New();
        var now = clock.GetUtcNow();
        var token = new HostToken(
            FirstToken.NewId(),
            host?.Value,
            caller.Name,
            now,
            now + TimeSpan.FromSeconds(ttlSeconds)
        );
        // Told before it is done: a token that was never written down would be worse than the other way round.
        await enrolments.NoteAsync(caller.Name, HostAccess.TokenCreated, host, token.Id, cancellationToken);
        if (!await HostTokens.AddAsync(database, options.Cell, token, Tokens.HashOf(secret), cancellationToken))
        {
            return Problems.Of(
                StatusCodes.Status409Conflict,
                "too_many_host_tokens",
                $"There are {HostTokens.MaxOpen} tokens that nobody has used yet.",
                "Take back what is not needed: orc host tokens"
            );
        }

        context.Response.Headers[HeaderNames.CacheControl] = "no-store";
        return Results.Ok(
            new HostTokenCreated(
                token.Id,
                token.Host ?? "",
                token.ExpiresAt,
                secret,
                $"{context.Request.Scheme}://{context.Request.Host}"
            )
        );
    }

    private static async Task<IResult> RevokeAsync(
        string id,
        ClaimsPrincipal user,
        Database database,
        Enrolments enrolments,
        ControlPlaneOptions options,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.From(user);
        if (caller.MissingToOperate() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        if (
            await HostTokens.RevokeAsync(database, options.Cell, id, clock.GetUtcNow(), cancellationToken)
            is not { } token
        )
        {
            return Problems.NotFound("host token", id, "See those that are open: orc host tokens");
        }

        var host = token.Host is { } name ? HostId.Parse(name) : null;
        await enrolments.NoteAsync(caller.Name, HostAccess.TokenRevoked, host, token.Id, cancellationToken);
        return Results.Ok(new ActionResult(id, "The token lets nobody join any more.", "orc host tokens"));
    }

    private static async Task<IResult> JoinAsync(
        JoinRequest request,
        HttpContext context,
        Enrolments enrolments,
        BrokerUsers users,
        ControlPlaneOptions options,
        CancellationToken cancellationToken
    )
    {
        var header = context.Request.Headers[HeaderNames.Authorization].ToString();
        var secret = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? header[Bearer.Length..].Trim()
            : "";
        // Whoever has none is told nothing else, not even what is wrong with their name.
        if (!HostSecret.Is(secret))
        {
            return EnrolmentProblems.NotLetIn();
        }

        if (EnrolmentProblems.WhyNobodyCanJoin(options, users) is { } nobody)
        {
            return nobody;
        }

        if (!EnrolmentProblems.IsHost(request.Host, out var host))
        {
            return EnrolmentProblems.InvalidHost(request.Host);
        }

        context.Response.Headers[HeaderNames.CacheControl] = "no-store";
        return await enrolments.JoinAsync(secret, host, cancellationToken) switch
        {
            Enrolment.Done done => Results.Ok(done.Answer),
            Enrolment.NeedsName => Problems.Of(
                StatusCodes.Status409Conflict,
                "host_exists",
                $"There is a host {host} already, and this token does not name it.",
                $"Choose another name; or if it is the same machine, get a token for it: orc host token --host {host}"
            ),
            _ => EnrolmentProblems.NotLetIn(),
        };
    }

    private static async Task<IResult> ForgetAsync(
        string host,
        ClaimsPrincipal user,
        Enrolments enrolments,
        BrokerUsers users,
        ControlPlaneOptions options,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.From(user);
        if (caller.MissingToOperate() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        if (EnrolmentProblems.WhyNobodyCanJoin(options, users) is { } nobody)
        {
            return nobody;
        }

        if (!HostId.TryParse(host, out var id))
        {
            return Names.UnknownHost(host, conductor.Current.Cell);
        }

        return await enrolments.ForgetAsync(caller.Name, id, cancellationToken)
            ? Results.Ok(
                new ActionResult(host, "Its user on the broker is deleted; its agent is cut off.", "orc hosts")
            )
            : Problems.NotFound("enrolled host", host, "It never joined with a token, or is forgotten already.");
    }
}
