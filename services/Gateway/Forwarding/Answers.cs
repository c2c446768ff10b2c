using Orchestrator.Contracts.Http;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>What the gateway itself says, when no instance can.</summary>
internal static class Answers
{
    /// <summary>How the codes of answers about bodies begin.</summary>
    private const string BodyCodes = "body_";

    public static readonly Problem NoRoute = new()
    {
        Status = StatusCodes.Status404NotFound,
        Title = "There is no such service at this stage.",
        Code = "route_unknown",
        Hint =
            "The path is /{stage}/{service}/…, or the host {service}.{stage} below the gateway's domain; `orc get services` lists them.",
    };

    public static readonly Problem NoVersion = new()
    {
        Status = StatusCodes.Status404NotFound,
        Title = "This service has no such version at this stage.",
        Code = "version_unknown",
        Hint = $"The request insists on one by its header {Caller.VersionHeader}; without it any version answers.",
    };

    public static readonly Problem NoTable = new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Title = "The gateway has no route table yet.",
        Code = "gateway_not_ready",
        Hint = "It comes with the next change from the control plane; try again.",
    };

    public static readonly Problem NoEndpoint = new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Title = "No instance of this service is ready.",
        Code = "no_instance",
        Hint = "`orc rollout status` shows what is going on; try again.",
    };

    public static readonly Problem HeadersTooLarge = new()
    {
        Status = StatusCodes.Status431RequestHeaderFieldsTooLarge,
        Title = "The headers of the request are too large.",
        Code = "headers_too_large",
        Hint = "Often it is cookies: delete some.",
    };

    public static readonly Problem BodyTooLarge = new()
    {
        Status = StatusCodes.Status413PayloadTooLarge,
        Title = "The body of the request is too large.",
        Code = "body_too_large",
        Hint = "The gateway has a bound for all services, and a route may have its own.",
    };

    public static readonly Problem BodyTooSlow = new()
    {
        Status = StatusCodes.Status408RequestTimeout,
        Title = "The body of the request came too slowly.",
        Code = "body_too_slow",
        Hint = "It may have reached the instance in part.",
    };

    public static readonly Problem BodyBroken = new()
    {
        Status = StatusCodes.Status400BadRequest,
        Title = "The body of the request could not be read to its end.",
        Code = "body_broken",
        Hint = "It may have reached the instance in part.",
    };

    public static readonly Problem NoAnswer = new()
    {
        Status = StatusCodes.Status502BadGateway,
        Title = "The instance did not answer.",
        Code = "instance_failed",
        Hint = "It may have acted on the request all the same.",
    };

    public static readonly Problem LateAnswer = NoAnswer with { Status = StatusCodes.Status504GatewayTimeout };

    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = RetryAfter;
        }

        if (
            problem.Code.StartsWith(BodyCodes, StringComparison.Ordinal)
            && HttpProtocol.IsHttp11(context.Request.Protocol)
        )
        {
            // The rest of the body is not read, so the connection can carry no further request: the caller should know.
            context.Response.Headers.Connection = "close";
        }

        return context.Response.WriteAsJsonAsync(
            problem,
            options: null,
            "application/problem+json",
            context.RequestAborted
        );
    }

    private static readonly string RetryAfter = GatewayLimits.RetryAfterSeconds.ToString(
        System.Globalization.CultureInfo.InvariantCulture
    );
}
