using System.Globalization;
using Orchestrator.Cli.Following;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>A rollout as a tree: its steps, its versions with their instances, and what the judge saw.</summary>
internal static class RolloutSheets
{
    public static Sheet List(Page<RolloutView> page) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["ROLLOUT", "SERVICE", "FROM", "TO", "PHASE", "STEP", "REASON", "NEXT"],
                [
                    .. page.Items.Select(rollout =>
                        (string[])
                            [
                                rollout.Id,
                                rollout.Service,
                                rollout.FromVersion,
                                rollout.ToVersion,
                                rollout.Phase,
                                StepOf(rollout),
                                rollout.Reason,
                                rollout.Next,
                            ]
                    ),
                ],
                "No rollouts. They start when a train departs: `orc trains` shows when."
            ),
            new Block.Advice(page.Items is [.., var last] ? $"orc rollout status {last.Id}" : "")
        );

    public static Sheet One(RolloutView rollout, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Outline(Tree(rollout, now)),
            new Block.Facts([("consist", rollout.ConsistHash)]),
            new Block.Next(rollout.Next.Length > 0 || rollout.IsFinished ? rollout.Next : Waiting.WatchCommand(rollout))
        );

    /// <summary>For a place that is redrawn and may be too low for all of it: what matters most comes first.</summary>
    public static Sheet Live(IReadOnlyList<RolloutView> rollouts, DateTimeOffset now) =>
        Sheet.Of([
            new Block.Next(rollouts.Select(Waiting.NextOf).FirstOrDefault(next => next.Length > 0, "")),
            .. rollouts.Select(rollout => new Block.Outline(Tree(rollout, now))),
        ]);

    private static Branch Tree(RolloutView rollout, DateTimeOffset now) =>
        new(
            Headline(rollout, now),
            Tones.Of(rollout.Phase),
            [
                Steps(rollout),
                .. Webhooks(rollout),
                .. Approvals(rollout),
                .. Verdict(rollout),
                .. rollout.Versions.Select(share => Version(share, rollout)),
            ]
        );

    public static string FromTo(RolloutView rollout) =>
        rollout.FromVersion.Length > 0
            ? $"{rollout.FromVersion} → {rollout.ToVersion}"
            : $"{rollout.ToVersion} (first version)";

    public static string EvidenceOf(VerdictView verdict) =>
        $"errors {Format.Rate(verdict.CanaryErrors, verdict.CanaryRequests)} against {Format.Rate(verdict.ControlErrors, verdict.ControlRequests)}; "
        + $"evidence of harm {Format.Evidence(verdict.RegressionEvidence)} of {Format.Evidence(verdict.RegressionLimit)}, "
        + $"of health {Format.Evidence(verdict.AcceptanceEvidence)} of {Format.Evidence(verdict.AcceptanceLimit)}";

    private static string Headline(RolloutView rollout, DateTimeOffset now)
    {
        var took = Format.Duration((rollout.EndedAt ?? now) - rollout.StartedAt);
        var time = rollout.IsFinished ? $"took {took}" : $"for {took}";
        var reason = rollout.Reason.Length > 0 ? $": {rollout.Reason}" : "";
        return $"{rollout.Id}  {rollout.Service} {FromTo(rollout)}  {rollout.Phase}{reason}  ({time})";
    }

    private static string StepOf(RolloutView rollout) =>
        Format.OutOf(Math.Min(rollout.Step + 1, rollout.Steps.Count), rollout.Steps.Count);

    private static Branch Steps(RolloutView rollout) =>
        new(
            "steps",
            Tone.Faint,
            [
                .. rollout.Steps.Select(step =>
                    Branch.Leaf(
                        $"{step.Name}  {Format.Count(step.Instances, "instance")}, {Format.Percent(step.WeightPercent)} of traffic{(step.IsManual ? ", then a person" : "")}  {step.State}",
                        Tones.Of(step.State)
                    )
                ),
            ]
        );

    private static IEnumerable<Branch> Webhooks(RolloutView rollout) =>
        rollout.Webhooks.Count == 0
            ? []
            :
            [
                new Branch(
                    "webhooks",
                    Tone.Faint,
                    [
                        .. rollout.Webhooks.Select(webhook =>
                            Branch.Leaf(
                                $"{webhook.Name}  before {webhook.Before}  {webhook.State}{Format.Because(webhook.Reason)}{Asked(webhook)}",
                                Tones.Of(webhook.State)
                            )
                        ),
                    ]
                ),
            ];

    private static string Asked(WebhookView webhook)
    {
        var at = webhook.At is { } when ? $"  {Format.Clock(when)}" : "";
        var again = webhook.AskAgainAt is { } next ? $", again {Format.Clock(next)}" : "";
        return webhook.Attempts > 1 || again.Length > 0
            ? $"{at}  asked {Format.Count(webhook.Attempts, "time")}{again}"
            : at;
    }

    private static IEnumerable<Branch> Approvals(RolloutView rollout) =>
        rollout.Approvals.Count == 0
            ? []
            :
            [
                new Branch(
                    "approvals",
                    Tone.Faint,
                    [
                        .. rollout.Approvals.Select(given =>
                            Branch.Leaf(
                                $"{NameOf(given)}{Format.Because(given.Reason)}  {Format.Clock(given.At)}",
                                Tone.Good
                            )
                        ),
                    ]
                ),
            ];

    /// <summary><c>bo</c>, or <c>bo for ana</c>.</summary>
    public static string NameOf(ApprovalView given) =>
        given.For.Length > 0 ? $"{given.Actor} for {given.For}" : given.Actor;

    private static Branch Version(VersionShareView share, RolloutView rollout) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{share.Version}  {Format.Percent(share.WeightPercent)} of traffic  {share.Ready} ready of {share.Desired} desired, {share.Running} running"
            ),
            Tone.Neutral,
            [
                .. rollout
                    .Instances.Where(instance => instance.Version == share.Version)
                    .Select(instance =>
                        Branch.Leaf(
                            $"{instance.Id}  {instance.State}  on {instance.Host}  {instance.Address}{Format.Because(instance.Reason)}",
                            Tones.Of(instance.State)
                        )
                    ),
            ]
        );

    private static IEnumerable<Branch> Verdict(RolloutView rollout)
    {
        if (rollout.Verdict is not { } verdict)
        {
            yield break;
        }

        yield return new Branch(
            $"verdict  {verdict.Outcome}{Format.Because(verdict.Reason)}",
            Tones.Of(verdict.Outcome),
            [.. verdict.Metrics.Select(MetricSheets.Of)]
        );
    }
}
