using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Routing;
using Route = Orchestrator.Gateway.Routing.Route;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>What a request says about itself, and what its caller is given to fall on the same version next time.</summary>
/// <param name="Id">Of the request: the caller's own, else a new one.</param>
/// <param name="NewCookie">For a caller without one; null when there is none to give.</param>
internal readonly record struct Caller(Ask Ask, string Id, string? NewCookie)
{
    public const string IdHeader = "X-Request-Id";

    /// <summary>In a request, the version that it insists on; in an answer, the one that gave it.</summary>
    public const string VersionHeader = "X-Orc-Version";

    public static Caller Of(HttpRequest request, in Target target)
    {
        var route = target.Route;
        var id = request.Headers[IdHeader].ToString();
        ulong point;
        if (id.Length == 0)
        {
            id = route.NextId(out point);
        }
        else
        {
            point = route.PointOf(id);
        }

        var version = request.Headers[VersionHeader].ToString();
        var ask = new Ask(point, RequestId.Redraw(point), version.Length == 0 ? target.Preview : version);
        return route.Sticky is { } sticky ? Stick(request, route, sticky, ask, id) : new(ask, id, NewCookie: null);
    }

    /// <summary>The header first, then the cookie; who has neither falls by request, and may be given the cookie.</summary>
    private static Caller Stick(HttpRequest request, Route route, StickyRoute sticky, in Ask ask, string id)
    {
        if (sticky.Header is { } header && request.Headers[header].ToString() is { Length: > 0 } value)
        {
            return new Caller(ask with { VersionPoint = route.PointOf(value) }, id, NewCookie: null);
        }

        if (sticky.Cookie is not { } cookie)
        {
            return new Caller(ask, id, NewCookie: null);
        }

        if (request.Cookies[cookie] is { Length: > 0 } kept)
        {
            return new Caller(ask with { VersionPoint = route.PointOf(kept) }, id, NewCookie: null);
        }

        // Its own number, for the id may be one that the caller uses over and over.
        return sticky.CookieSeconds is null
            ? new Caller(ask, id, NewCookie: null)
            : new Caller(ask with { VersionPoint = NewPoint(route, out var given) }, id, given);
    }

    private static ulong NewPoint(Route route, out string cookie)
    {
        cookie = route.NextId(out var point);
        return point;
    }
}
