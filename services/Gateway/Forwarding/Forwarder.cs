using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Orchestrator.Contracts.Http;
using Orchestrator.Gateway.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>Takes one request to an instance and counts what came of it.</summary>
internal sealed class Forwarder(
    Router router,
    IHttpForwarder forwarder,
    HttpMessageInvoker client,
    TimeProvider timeProvider
)
{
    private static readonly ForwarderRequestConfig Config = new()
    {
        ActivityTimeout = GatewayLimits.ActivityDeadline,
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    public async Task HandleAsync(HttpContext context)
    {
        InstanceEndpoint? failed = null;
        Problem? problem = null;
        for (var attempt = 1; attempt <= GatewayLimits.Attempts; attempt++)
        {
            var (entry, pathLength) = Enter(context, failed);
            if (entry.Endpoint is not { } endpoint)
            {
                // Nobody else is there to try: the caller learns what came of the first.
                problem ??= ProblemOf(entry.Refusal);
                break;
            }

            problem = await ForwardAsync(context, endpoint, pathLength, attempt);
            if (problem is null)
            {
                return;
            }

            if (!CanRetry(context))
            {
                break;
            }

            failed = endpoint;
        }

        if (problem is not null && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Answers.WriteAsync(context, problem);
        }
    }

    private (Entry Entry, int PathLength) Enter(HttpContext context, InstanceEndpoint? except) =>
        RoutePath.TrySplit(context.Request.Path.Value ?? "", out var key, out var length)
            ? (router.Enter(key, except), length)
            : (Entry.NoRoute, 0);

    /// <summary>Null when the caller has its answer, good or bad; else what to tell it.</summary>
    private async Task<Problem?> ForwardAsync(
        HttpContext context,
        InstanceEndpoint endpoint,
        int pathLength,
        int attempt
    )
    {
        var started = timeProvider.GetTimestamp();
        var isError = true;
        try
        {
            if (attempt > 1)
            {
                context.Response.Clear();
                context.Features.Set<IForwarderErrorFeature>(null);
            }

            var path = context.Request.Path.Value ?? "";
            var transformer = new InstanceTransformer(
                endpoint,
                new PathString(path[..pathLength]),
                new PathString(pathLength < path.Length ? path[pathLength..] : "/")
            );
            var error = await forwarder.SendAsync(
                context,
                endpoint.Prefix,
                client,
                Config,
                transformer,
                context.RequestAborted
            );
            isError = IsError(error, transformer.HasAnswered, context.Response.StatusCode);
            if (error == ForwarderError.None || transformer.HasAnswered)
            {
                return null;
            }

            if (Upstream.IsConnectFailure(ExceptionOf(context)))
            {
                router.Skip(endpoint);
            }

            return error == ForwarderError.RequestTimedOut ? Answers.LateAnswer : Answers.NoAnswer;
        }
        finally
        {
            endpoint.Traffic.Count(timeProvider.GetElapsedTime(started), isError);
            router.Leave(endpoint);
        }
    }

    /// <summary>The instance is to blame for 5xx, for no answer, and for an answer that broke off.</summary>
    private static bool IsError(ForwarderError error, bool hasAnswered, int statusCode) =>
        error switch
        {
            ForwarderError.RequestBodyClient => false,
            ForwarderError.ResponseBodyDestination => true,
            _ => !hasAnswered || statusCode >= StatusCodes.Status500InternalServerError,
        };

    /// <summary>
    /// Again when the instance was never reached, whatever the request does; or when it broke off before it answered,
    /// and asking twice does no harm.
    /// </summary>
    private static bool CanRetry(HttpContext context)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return false;
        }

        var exception = ExceptionOf(context);
        return Upstream.IsConnectFailure(exception)
            || (
                exception is HttpRequestException
                && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
                && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
            );
    }

    private static Exception? ExceptionOf(HttpContext context) =>
        context.Features.Get<IForwarderErrorFeature>()?.Exception;

    private static Problem ProblemOf(EntryRefusal refusal) =>
        refusal switch
        {
            EntryRefusal.NoTable => Answers.NoTable,
            EntryRefusal.NoRoute => Answers.NoRoute,
            _ => Answers.NoEndpoint,
        };
}
