using Orchestrator.Gateway.Routing;
using Route = Orchestrator.Gateway.Routing.Route;

namespace Orchestrator.Gateway.Forwarding;

/// <summary>The route that a request asks for, and what of its path is the service's.</summary>
/// <param name="PathStart">How much of the path belongs to the gateway.</param>
/// <param name="Preview">The version that the address itself names; null where it names none.</param>
internal readonly record struct Target(Route Route, int PathStart, string? Preview)
{
    /// <summary>Empty where the service was asked for by host.</summary>
    public string Prefix => PathStart == 0 ? "" : Route.Prefix;

    /// <summary>What is the service's of it.</summary>
    public PathString PathOf(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        return new PathString(PathStart < path.Length ? path[PathStart..] : "/");
    }
}

/// <summary>
/// Finds the service that a request is for: by host where its name ends with the gateway's domain, else by path. A
/// service asked for by host has all paths to itself.
/// </summary>
internal sealed class Addressing(Router router, string domain)
{
    /// <summary>Of the host, before the service's name.</summary>
    private const string PreviewPrefix = "preview--";

    private readonly string _suffix = $".{domain}";

    /// <summary>Whether the host names a service, be it known or not.</summary>
    public bool IsByHost(HttpRequest request) => ServiceIn(request.Host.Value) is { IsEmpty: false };

    public Target? Find(HttpRequest request)
    {
        if (ServiceIn(request.Host.Value) is { IsEmpty: false } host)
        {
            return router.FindByHost(host) is { } named
                ? new Target(named, PathStart: 0, Preview: null)
                : Previewed(host);
        }

        return
            RoutePath.TrySplit(request.Path.Value ?? "", out var key, out var length) && router.Find(key) is { } route
            ? new Target(route, length, Preview: null)
            : null;
    }

    /// <summary>A service may be called so itself, and is found before. Null while there is nothing to preview.</summary>
    private Target? Previewed(ReadOnlySpan<char> host) =>
        host.StartsWith(PreviewPrefix, StringComparison.OrdinalIgnoreCase)
        && router.FindByHost(host[PreviewPrefix.Length..]) is { Preview: { } version } route
            ? new Target(route, PathStart: 0, version)
            : null;

    /// <summary><c>service.stage</c> of <c>service.stage.domain:port</c>, or nothing where the host is another one.</summary>
    private ReadOnlySpan<char> ServiceIn(string? host)
    {
        var name = host.AsSpan();
        var port = name.LastIndexOf(':');
        if (port >= 0)
        {
            name = name[..port];
        }

        return name.EndsWith(_suffix, StringComparison.OrdinalIgnoreCase) ? name[..^_suffix.Length] : default;
    }
}
