using System.Globalization;
using Microsoft.AspNetCore.Http.Features;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>What is special about gRPC: always HTTP/2, and an answer of 200 whose trailers say what it was worth.</summary>
internal static class GrpcCall
{
    private const string ContentType = "application/grpc";
    private const string StatusName = "grpc-status";

    public static bool Is(HttpRequest request) =>
        request.ContentType is { } type
        && type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == ContentType.Length || type[ContentType.Length] is '+' or ';');

    /// <summary>
    /// Whether the service failed the call, as 500 and above do elsewhere: unknown, deadline exceeded, unimplemented,
    /// internal, unavailable, data loss. The others are the caller's.
    /// </summary>
    public static bool HasFailed(HttpResponse response)
    {
        // Without a message the trailers come as headers.
        var status = response.Headers[StatusName].ToString();
        if (status.Length == 0)
        {
            status = response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers[StatusName].ToString();
        }

        return int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            && code is 2 or 4 or 12 or 13 or 14 or 15;
    }
}
