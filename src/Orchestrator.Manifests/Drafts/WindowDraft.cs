using System.Collections.Frozen;
using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

internal sealed record WindowDraft : Draft
{
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(30);

    private static readonly FrozenDictionary<string, WindowEffect> Effects = new Dictionary<string, WindowEffect>(
        StringComparer.Ordinal
    )
    {
        ["allow"] = WindowEffect.Allow,
        ["deny"] = WindowEffect.Deny,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, WindowClosing> Closings = new Dictionary<string, WindowClosing>(
        StringComparer.Ordinal
    )
    {
        ["finish"] = WindowClosing.Finish,
        ["hold"] = WindowClosing.Hold,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public required WindowName? Name { get; init; }

    public required WindowSpecDraft Spec { get; init; }

    public override string Kind => "Window";

    public override string? Identity => Name?.Value;

    public override string IdentityPath => "metadata.name";

    public static WindowDraft Read(ManifestDocument document, Fields root)
    {
        var spec = root.Object("spec");
        return new WindowDraft
        {
            Document = document,
            Name = root.Object("metadata").Text<WindowName>("name", Names.Window),
            Spec = new WindowSpecDraft
            {
                Effect = spec.Choice("effect", Effects, WindowEffect.Deny),
                Services = [.. spec.Texts<ServiceName>("services", Names.Service)],
                Stages = [.. spec.Texts<StageName>("stages", Names.Stage)],
                Zone = spec.Text<string>("zone", Timetables.Zone),
                Recurring =
                [
                    .. spec.Objects("recurring")
                        .Select(each => new RecurringDraft(
                            each.Text<string>("cron", Timetables.Cron),
                            each.Value("lasts", Durations.Between(ShortestPeriod, LongestPeriod))
                        )),
                ],
                Dated =
                [
                    .. spec.Objects("dated")
                        .Select(each => new DatedDraft(
                            each.Value<DateTime>("from", WallTimes.Read),
                            each.Value<DateTime>("until", WallTimes.Read)
                        )),
                ],
                OnClose = spec.Choice("onClose", Closings, ManifestDefaults.OnClose),
                Reason = spec.Text("reason", (text, _) => text, ""),
            },
        };
    }

    public Window ToWindow() =>
        new()
        {
            Name = Known(Name),
            Effect = Known(Spec.Effect),
            Services = [.. Spec.Services.Select(Known)],
            Stages = [.. Spec.Stages.Select(Known)],
            Zone = Known(Spec.Zone),
            Recurring = [.. Spec.Recurring.Select(each => new RecurringPeriod(Known(each.Cron), Known(each.Lasts)))],
            Dated = [.. Spec.Dated.Select(each => new DatedPeriod(Known(each.From), Known(each.Until)))],
            OnClose = Known(Spec.OnClose),
            Reason = Known(Spec.Reason),
        };
}

internal sealed record WindowSpecDraft
{
    public required WindowEffect? Effect { get; init; }

    public required ImmutableArray<ServiceName?> Services { get; init; }

    public required ImmutableArray<StageName?> Stages { get; init; }

    public required string? Zone { get; init; }

    public required ImmutableArray<RecurringDraft> Recurring { get; init; }

    public required ImmutableArray<DatedDraft> Dated { get; init; }

    public required WindowClosing? OnClose { get; init; }

    public required string? Reason { get; init; }
}

internal sealed record RecurringDraft(string? Cron, TimeSpan? Lasts);

internal sealed record DatedDraft(DateTime? From, DateTime? Until);
