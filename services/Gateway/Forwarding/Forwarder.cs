using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Orchestrator.Contracts.Http;
using Orchestrator.Gateway.Metrics;
using Orchestrator.Gateway.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>Takes one request to an instance and counts what came of it.</summary>
internal sealed class Forwarder(
    Router router,
    Addressing addressing,
    IHttpForwarder forwarder,
    HttpMessageInvoker client,
    RequestLimits limits,
    AnswerCounts answers,
    TimeProvider timeProvider
)
{
    private static readonly ForwarderRequestConfig Http1 = new()
    {
        ActivityTimeout = GatewayLimits.ActivityDeadline,
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    private static readonly ForwarderRequestConfig Http2 = Http1 with
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async Task HandleAsync(HttpContext context)
    {
        var problem = addressing.Find(context.Request) is { } target
            ? await ForwardAsync(context, target)
            : ProblemOf(EntryRefusal.NoRoute);
        if (problem is not null && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            answers.Count(problem.Code);
            await Answers.WriteAsync(context, problem);
        }
    }

    /// <summary>Null when the caller has its answer, good or bad; else what to tell it.</summary>
    private async Task<Problem?> ForwardAsync(HttpContext context, Target target)
    {
        if (limits.Refuse(context, target.Route.Message) is { } refusal)
        {
            return refusal;
        }

        var caller = Caller.Of(context.Request, target);
        var transformer = new InstanceTransformer(target, caller, timeProvider);
        var tried = Tried.None;
        Problem? problem = null;
        for (var attempt = 1; attempt <= GatewayLimits.Attempts; attempt++)
        {
            var entry = router.Enter(target.Route.Key, caller.Ask, tried);
            if (entry.Refusal != EntryRefusal.None)
            {
                // Nobody else is there to try: the caller learns what came of the last.
                return problem ?? ProblemOf(entry.Refusal);
            }

            if (!tried.IsNone)
            {
                context.Response.Clear();
                context.Features.Set<IForwarderErrorFeature>(null);
            }

            problem = await SendAsync(context, entry, transformer);
            if (problem is null || !CanRetry(context, attempt))
            {
                return problem;
            }

            tried = tried.With(entry.Endpoint);
        }

        return problem;
    }

    private async Task<Problem?> SendAsync(HttpContext context, Entry entry, InstanceTransformer transformer)
    {
        var endpoint = entry.Endpoint;
        var isError = true;
        transformer.Begin(endpoint);
        try
        {
            var error = await forwarder.SendAsync(
                context,
                endpoint.Prefix,
                client,
                entry.Route.Message.IsHttp2 == true || GrpcCall.Is(context.Request) ? Http2 : Http1,
                transformer,
                context.RequestAborted
            );
            isError = IsError(error, transformer.HasAnswered, context.Response);
            Remember(entry, error, isError, context);
            return error == ForwarderError.None || transformer.HasAnswered
                ? null
                : ProblemOf(error, context.Response.StatusCode);
        }
        finally
        {
            transformer.Count(isError);
            router.Leave(endpoint);
        }
    }

    /// <summary>The instance is to blame for 5xx, for no answer, and for an answer that broke off.</summary>
    private static bool IsError(ForwarderError error, bool hasAnswered, HttpResponse response) =>
        error switch
        {
            ForwarderError.RequestBodyClient => false,
            ForwarderError.ResponseBodyDestination => true,
            _ => !hasAnswered
                || response.StatusCode >= StatusCodes.Status500InternalServerError
                || (GrpcCall.Is(response.HttpContext.Request) && GrpcCall.HasFailed(response)),
        };

    private static Problem ProblemOf(ForwarderError error, int statusCode) =>
        (error, statusCode) switch
        {
            (ForwarderError.RequestBodyClient, StatusCodes.Status413PayloadTooLarge) => Answers.BodyTooLarge,
            (ForwarderError.RequestBodyClient, StatusCodes.Status408RequestTimeout) => Answers.BodyTooSlow,
            (ForwarderError.RequestBodyClient, _) => Answers.BodyBroken,
            (ForwarderError.RequestTimedOut, _) => Answers.LateAnswer,
            _ => Answers.NoAnswer,
        };

    private void Remember(in Entry entry, ForwarderError error, bool isError, HttpContext context)
    {
        if (!isError)
        {
            entry.Endpoint.Health.Answered();
        }
        else if (Upstream.IsConnectFailure(ExceptionOf(context)))
        {
            router.Unreached(entry);
        }
        else if (error is not (ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled))
        {
            // A caller that gave up may have had any reason.
            router.Failed(entry);
        }
    }

    /// <summary>
    /// Again when the instance was never reached, whatever the request does; or once when it broke off before it answered,
    /// and asking twice does no harm.
    /// </summary>
    private static bool CanRetry(HttpContext context, int attempt)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return false;
        }

        var exception = ExceptionOf(context);
        return Upstream.IsConnectFailure(exception)
            || (
                attempt == 1
                && exception is HttpRequestException
                && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
                && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
            );
    }

    private static Exception? ExceptionOf(HttpContext context) =>
        context.Features.Get<IForwarderErrorFeature>()?.Exception;

    private Problem ProblemOf(EntryRefusal refusal) =>
        refusal switch
        {
            EntryRefusal.NoRoute => router.HasTable ? Answers.NoRoute : Answers.NoTable,
            EntryRefusal.NoVersion => Answers.NoVersion,
            _ => Answers.NoEndpoint,
        };
}
