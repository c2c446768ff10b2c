using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

internal sealed record LineDraft : Draft
{
    private static readonly SortedDictionary<string, MissedDeparture> MissedDepartures = new(StringComparer.Ordinal)
    {
        ["skip"] = MissedDeparture.Skip,
        ["catchUp"] = MissedDeparture.CatchUp,
    };

    /// <summary>Null for the service's own name.</summary>
    public required LineName? Name { get; init; }

    public required ServiceName? Service { get; init; }

    public required LineSpecDraft Spec { get; init; }

    public override string Kind => "Line";

    public override string? Identity => Name?.Value ?? Service?.Value;

    public override string IdentityPath => Name is null ? "metadata.service" : "metadata.name";

    public static LineDraft Read(ManifestDocument document, Fields root)
    {
        var spec = root.Object("spec");
        var (timetable, boarding) = (spec.Object("timetable"), spec.Object("boarding"));
        return new LineDraft
        {
            Document = document,
            Name = root.Object("metadata").Text<LineName>("name", Names.Line),
            Service = root.Object("metadata").Text<ServiceName>("service", Names.Service),
            Spec = new LineSpecDraft
            {
                Cron = timetable.Text<string>("cron", Timetables.Cron),
                Zone = timetable.Text<string>("zone", Timetables.Zone),
                Channel = boarding.Text("channel", Names.Channel, ManifestDefaults.Channel),
                Missed = timetable.Choice("missed", MissedDepartures, ManifestDefaults.Missed),
                MinAge = boarding.Value(
                    "minAge",
                    Durations.Between(TimeSpan.Zero, TimeSpan.FromDays(30)),
                    ManifestDefaults.MinAge
                ),
                Range = boarding.Text<VersionRange>("range", Versions.ReadRange),
                CutOff = boarding.Value(
                    "cutOff",
                    Durations.Between(TimeSpan.Zero, TimeSpan.FromDays(30)),
                    ManifestDefaults.CutOff
                ),
                Route = [.. spec.Objects("route").Select(StageDraft.Read)],
                Coupled =
                [
                    .. spec.Objects("coupled")
                        .Select(coupled => new CoupledDraft(
                            coupled.Text<ServiceName>("service", Names.Service),
                            coupled.Flag("optional", ManifestDefaults.IsCoupledOptional)
                        )),
                ],
            },
        };
    }

    public Line ToLine() =>
        new()
        {
            Name = Name ?? LineName.Of(Known(Service)),
            Service = Known(Service),
            Coupled = [.. Spec.Coupled.Select(each => new CoupledService(Known(each.Service), Known(each.IsOptional)))],
            Timetable = new Timetable(Known(Spec.Cron), Known(Spec.Zone)) { Missed = Known(Spec.Missed) },
            Boarding = new BoardingRule(Known(Spec.Channel), Known(Spec.CutOff))
            {
                MinAge = Known(Spec.MinAge),
                Range = Spec.Range,
            },
            Route = [.. Spec.Route.Select(ToStage)],
        };

    private static Stage ToStage(StageDraft stage) =>
        new()
        {
            Name = Known(stage.Stage),
            Pool = Known(stage.Pool),
            Count = stage.Count ?? ManifestDefaults.NoCount,
            Strategy = Strategies.Of(stage),
            Approval = stage.Approval.IsThere ? ToGate(stage.Approval) : null,
            Webhooks = [.. stage.Webhooks.Select(ToGate)],
            Judge = ToPolicy(stage.Judge),
            Soak = Known(stage.Soak),
            HoldAtMost = Known(stage.HoldAtMost),
        };

    private static JudgePolicy ToPolicy(JudgeDraft judge) =>
        new()
        {
            Alpha = Known(judge.Alpha),
            Beta = Known(judge.Beta),
            ToleratedRatio = Known(judge.ToleratedRatio),
            AcceptableErrorRate = Known(judge.AcceptableErrorRate),
            CountsErrors = Known(judge.Errors),
            UntilMeasured = Known(judge.UntilMeasured),
            Latency = judge.Latency.IsThere
                ? new LatencyRule(
                    Known(judge.Latency.Quantile),
                    Known(judge.Latency.ToleratedRatio),
                    Known(judge.Latency.InferiorRatio)
                )
                {
                    WarmUp = Known(judge.Latency.WarmUp),
                }
                : null,
            Metrics = [.. judge.Metrics.Select(ToRule)],
            Thresholds = [.. judge.Thresholds.Select(limits => limits.ToLimits())],
            Ranks = judge.Ranks.IsThere ? judge.Ranks.ToRanks() : null,
        };

    private static MetricRule ToRule(MetricDraft metric) =>
        new()
        {
            Name = Known(metric.Name),
            Kind = Known(metric.Kind),
            IsLowerWorse = Known(metric.Worse),
            ToleratedRatio = Known(metric.ToleratedRatio),
            InferiorRatio = Known(metric.InferiorRatio),
            MinimumSamples = Known(metric.MinimumSamples),
            Source = metric.Query.IsThere
                ? new MetricSource.Query(
                    Known(metric.Query.Provider),
                    Known(metric.Query.Text),
                    Known(metric.Query.Total),
                    Known(metric.Query.Every)
                )
                : new MetricSource.Push(),
        };

    private static ApprovalGate ToGate(ApprovalDraft approval) =>
        new(Known(approval.Before), Known(approval.AllowPublisher))
        {
            Count = Known(approval.Count),
            Groups = [.. approval.Groups.Select(Known)],
            ExpiresAfter = Known(approval.ExpiresAfter),
        };

    private static WebhookGate ToGate(WebhookDraft webhook) =>
        new(Known(webhook.Name), Known(webhook.Before))
        {
            Timeout = Known(webhook.Timeout),
            Every = Known(webhook.Every),
        };
}

internal sealed record LineSpecDraft
{
    public required string? Cron { get; init; }

    public required string? Zone { get; init; }

    public required string? Channel { get; init; }

    public required MissedDeparture? Missed { get; init; }

    public required TimeSpan? CutOff { get; init; }

    public required TimeSpan? MinAge { get; init; }

    /// <summary>Null for all.</summary>
    public required VersionRange? Range { get; init; }

    public required ImmutableArray<StageDraft> Route { get; init; }

    public required ImmutableArray<CoupledDraft> Coupled { get; init; }
}

internal sealed record CoupledDraft(ServiceName? Service, bool? IsOptional);
