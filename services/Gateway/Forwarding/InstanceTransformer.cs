using System.Net;
using Microsoft.Net.Http.Headers;
using Orchestrator.Gateway.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>
/// Tells the instance who asked and the caller who answered. What the caller says about itself in those headers is
/// overwritten. One for each request, and in turn for each endpoint that it is sent to.
/// </summary>
internal sealed class InstanceTransformer(Target target, Caller caller, TimeProvider timeProvider) : HttpTransformer
{
    public const string InstanceHeader = "X-Orc-Instance";

    private InstanceEndpoint? _endpoint;
    private long _started;
    private bool _isCounted;

    /// <summary>The status line came. What fails before it may be tried elsewhere.</summary>
    public bool HasAnswered { get; private set; }

    public void Begin(InstanceEndpoint endpoint)
    {
        _endpoint = endpoint;
        _started = timeProvider.GetTimestamp();
        _isCounted = false;
        HasAnswered = false;
    }

    /// <summary>Once for each endpoint.</summary>
    public void Count(bool isError)
    {
        if (!_isCounted && _endpoint is { } endpoint)
        {
            _isCounted = true;
            endpoint.Traffic.Count(
                timeProvider.GetElapsedTime(_started),
                isError,
                caller.Ask.Version is not null,
                endpoint.IsToldApart
            );
        }
    }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken
    )
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var request = httpContext.Request;
        proxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(
            destinationPrefix,
            target.PathOf(request),
            request.QueryString
        );
        // For this gateway: the instance's own requests to other services must not insist on this one's version.
        proxyRequest.Headers.Remove(Caller.VersionHeader);
        Replace(proxyRequest, Caller.IdHeader, caller.Id);
        Replace(proxyRequest, "X-Forwarded-Prefix", target.Prefix);
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
        if (IsUpgrade(httpContext, proxyResponse))
        {
            // What comes now may take days, and says nothing about how fast the version is.
            Count(isError: false);
        }

        var isBodyCopied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        var headers = httpContext.Response.Headers;
        if (_endpoint is { } endpoint)
        {
            headers[Caller.VersionHeader] = endpoint.Key.Version.Version;
            headers[InstanceHeader] = endpoint.Key.InstanceId;
        }

        if (HasAnswered && caller.NewCookie is { } cookie && target.Route.Sticky is { Cookie: { } name } sticky)
        {
            headers.Append(
                HeaderNames.SetCookie,
                new SetCookieHeaderValue(name, cookie)
                {
                    Path = target.PathStart == 0 ? "/" : target.Prefix,
                    MaxAge = sticky.CookieSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                    HttpOnly = true,
                    SameSite = Microsoft.Net.Http.Headers.SameSiteMode.Lax,
                }.ToString()
            );
        }

        return isBodyCopied;
    }

    /// <summary>To WebSocket, from either HTTP.</summary>
    private static bool IsUpgrade(HttpContext context, HttpResponseMessage? response) =>
        response?.StatusCode == HttpStatusCode.SwitchingProtocols
        || (response?.IsSuccessStatusCode == true && HttpMethods.IsConnect(context.Request.Method));

    private static void Replace(HttpRequestMessage request, string name, string? value)
    {
        request.Headers.Remove(name);
        if (!string.IsNullOrEmpty(value))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
