using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>How a service's requests are routed, as fields of its manifest.</summary>
internal static class RoutingFields
{
    public static IEnumerable<(string Path, string Value)> Of(RoutingRules routing)
    {
        yield return ("routing.sticky", routing.Sticky is { } sticky ? Text(sticky) : "(none)");
        yield return ("routing.http2", routing.IsHttp2 ? "true" : "false");
        yield return (
            "routing.maxBody",
            routing.MaxBodyMebibytes is { } most ? string.Create(CultureInfo.InvariantCulture, $"{most}Mi") : "(none)"
        );
        yield return ("routing.healthPath", routing.HealthPath ?? "(none)");
    }

    private static string Text(StickyRule sticky)
    {
        var header = sticky.Header is { } name ? $"header {name}" : "";
        var cookie = sticky.Cookie is { } given ? $"cookie {given}" : "";
        var time = sticky.CookieFor is { } lasts
            ? string.Create(CultureInfo.InvariantCulture, $" for {lasts.TotalSeconds:0.###}s")
            : "";
        return $"{header}{(header.Length > 0 && cookie.Length > 0 ? ", else " : "")}{cookie}{time}";
    }
}
