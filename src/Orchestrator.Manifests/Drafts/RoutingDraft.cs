using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record RoutingDraft
{
    public required StickyDraft Sticky { get; init; }

    public required bool? Http2 { get; init; }

    /// <summary>Null when it is not there, too.</summary>
    public required int? MaxBody { get; init; }

    /// <summary>Null when it is not there, too.</summary>
    public required string? HealthPath { get; init; }

    public static RoutingDraft Read(Fields routing) =>
        new()
        {
            Sticky = StickyDraft.Read(routing.Object("sticky")),
            Http2 = routing.Flag("http2", RoutingRules.Usual.IsHttp2),
            MaxBody = routing.Value<int>("maxBody", Quantities.Memory),
            HealthPath = routing.Text<string>("healthPath", (text, _) => text),
        };

    public RoutingRules ToRules() =>
        new()
        {
            Sticky = Sticky.IsThere ? new StickyRule(Sticky.Header, Sticky.Cookie, Sticky.CookieFor) : null,
            IsHttp2 = Draft.Known(Http2),
            MaxBodyMebibytes = MaxBody,
            HealthPath = HealthPath,
        };
}

internal sealed record StickyDraft(bool IsThere)
{
    public required string? Header { get; init; }

    public required string? Cookie { get; init; }

    public required TimeSpan? CookieFor { get; init; }

    public static StickyDraft Read(Fields sticky) =>
        new(sticky.AreThere)
        {
            Header = sticky.Text<string>("header", (text, _) => text),
            Cookie = sticky.Text<string>("cookie", (text, _) => text),
            CookieFor = sticky.Value("cookieFor", Durations.Between(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365))),
        };
}
