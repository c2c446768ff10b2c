using Microsoft.AspNetCore.Http.Features;
using Orchestrator.Contracts.Bus;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>
/// How much a request may be, in bytes. Bodies stream through, so one of unknown length is stopped on its way;
/// the forwarder lifts that bound, and the one on slowness, for streams of gRPC.
/// </summary>
internal sealed class RequestLimits(long maxBodyBytes, int maxHeaderBytes)
{
    /// <summary>Null when nothing is wrong with the request as far as it can be seen yet.</summary>
    public Problem? Refuse(HttpContext context, ServiceRoute route)
    {
        if (AreHeadersTooLarge(context.Request.Headers))
        {
            return Answers.HeadersTooLarge;
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
