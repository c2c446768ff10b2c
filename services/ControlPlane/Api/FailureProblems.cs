using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Enrolling;

namespace Orchestrator.ControlPlane.Api;

/// <summary>The API's one edge for the world failing: exceptions become problems, and only this logs them.</summary>
internal sealed partial class FailureProblems(ILogger<FailureProblems> logger) : IExceptionHandler
{
    private const string Expected = "See /openapi/v1.json for what is expected.";

    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext,
        Exception exception,
        CancellationToken cancellationToken
    )
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            return true; // Nobody listens any more.
        }

        await ProblemOf(httpContext, exception).ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>For what the framework refuses by itself, with a status and no word.</summary>
    public static Task FillAsync(StatusCodeContext context) =>
        ProblemOf(context.HttpContext).ExecuteAsync(context.HttpContext);

    private static IResult ProblemOf(HttpContext context)
    {
        var (request, status) = (context.Request, context.Response.StatusCode);
        return status switch
        {
            // The one policy that the framework checks by itself is the one for admins.
            StatusCodes.Status403Forbidden => Problems.Forbidden(Caller.Admin),
            StatusCodes.Status404NotFound => Problems.Of(
                status,
                "route_unknown",
                $"There is nothing at {request.Method} {request.Path}.",
                "See /openapi/v1.json for what there is."
            ),
            StatusCodes.Status405MethodNotAllowed => Problems.Of(
                status,
                "method_not_allowed",
                $"{request.Path} takes no {request.Method}.",
                $"It takes {context.Response.Headers.Allow}."
            ),
            StatusCodes.Status413PayloadTooLarge => TooLarge(),
            StatusCodes.Status429TooManyRequests => Problems.Of(
                status,
                "too_many_requests",
                $"{request.Path} was asked too often from your address.",
                "Ask again in a minute."
            ),
            StatusCodes.Status415UnsupportedMediaType => Problems.Of(
                status,
                "media_type_unsupported",
                $"{request.Method} {request.Path} takes JSON only.",
                "Send 'Content-Type: application/json' with the body."
            ),
            _ => Problems.Of(
                status,
                "refused",
                $"{request.Method} {request.Path} was refused with {status}.",
                Expected
            ),
        };
    }

    private static IResult TooLarge() =>
        Problems.Of(
            StatusCodes.Status413PayloadTooLarge,
            "too_large",
            $"The request is larger than {ControlPlaneApi.MaxBodyBytes >> 20} MiB.",
            "Apply fewer or smaller files at a time."
        );

    private IResult ProblemOf(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case ConductorUnavailableException unavailable:
                var seconds = (int)Math.Ceiling(ConductorUnavailableException.RetryAfter.TotalSeconds);
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                return Problems.Of(
                    StatusCodes.Status503ServiceUnavailable,
                    "unavailable",
                    unavailable.Message,
                    "Ask again in a moment: asking twice is safe."
                );
            case BrokerUsersException broker:
                LogFailure(broker, context.Request.Path);
                return Problems.Of(
                    StatusCodes.Status503ServiceUnavailable,
                    "broker_unavailable",
                    "The broker did not make or delete the host's user; the log of the control plane says why.",
                    "Ask again in a moment: the token is still good. Is ORC_Enrolment__ManagementUrl right, and its user an administrator?"
                );
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return TooLarge();
            case BadHttpRequestException bad:
                return Problems.Of(bad.StatusCode, "malformed_request", MalformedRequest.Describe(bad), Expected);
            default:
                LogFailure(exception, context.Request.Path);
                return Problems.Of(
                    StatusCodes.Status500InternalServerError,
                    "internal",
                    "Something failed here that should not; it is logged.",
                    "Ask again; if it stays, see the log of the control plane."
                );
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request to {Path} failed.")]
    private partial void LogFailure(Exception exception, string path);
}
