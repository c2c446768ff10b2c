using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Orchestrator.Contracts.Bus;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>How much a request may be, in bytes. Bodies stream through, so one of unknown length is stopped on its way.</summary>
internal sealed class RequestLimits(long maxBodyBytes, int maxHeaderBytes)
{
    /// <summary>Null when nothing is wrong with the request as far as it can be seen yet.</summary>
    public Problem? Refuse(HttpContext context, ServiceRoute route)
    {
        if (AreHeadersTooLarge(context.Request.Headers))
        {
            return Answers.HeadersTooLarge;
        }

        if (GrpcCall.Is(context.Request))
        {
            Unbind(context);
            return null;
        }

        var bound = route.MaxBodyBytes ?? maxBodyBytes;
        if (context.Request.ContentLength > bound)
        {
            return Answers.BodyTooLarge;
        }

        if (
            bound != maxBodyBytes
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size
        )
        {
            size.MaxRequestBodySize = bound;
        }

        return null;
    }

    /// <summary>A stream of gRPC goes on for as long as both sides like, and may say nothing for a while.</summary>
    private static void Unbind(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request)
        {
            request.MinDataRate = null;
        }
    }

    private bool AreHeadersTooLarge(IHeaderDictionary headers)
    {
        var left = maxHeaderBytes;
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                left -= name.Length + (value?.Length ?? 0);
            }
        }

        return left < 0;
    }
}
