using Orchestrator.Gateway.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>
/// Tells the instance who asked and the caller who answered. What the caller says about itself in those headers is
/// overwritten.
/// </summary>
internal sealed class InstanceTransformer(InstanceEndpoint endpoint, PathString pathBase, PathString path)
    : HttpTransformer
{
    public const string VersionHeader = "X-Orc-Version";
    public const string InstanceHeader = "X-Orc-Instance";

    /// <summary>The status line came. What fails before it may be tried elsewhere.</summary>
    public bool HasAnswered { get; private set; }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken
    )
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var request = httpContext.Request;
        proxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(destinationPrefix, path, request.QueryString);
        Replace(proxyRequest, "X-Forwarded-Prefix", pathBase.Value);
        Replace(proxyRequest, "X-Forwarded-Host", request.Host.Value);
        Replace(proxyRequest, "X-Forwarded-Proto", request.Scheme);
        Replace(proxyRequest, "X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString());
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext,
        HttpResponseMessage? proxyResponse,
        CancellationToken cancellationToken
    )
    {
        HasAnswered = proxyResponse is not null;
        var isBodyCopied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        var headers = httpContext.Response.Headers;
        headers[VersionHeader] = endpoint.Key.Version.Version;
        headers[InstanceHeader] = endpoint.Key.InstanceId;
        return isBodyCopied;
    }

    private static void Replace(HttpRequestMessage request, string name, string? value)
    {
        request.Headers.Remove(name);
        if (!string.IsNullOrEmpty(value))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
