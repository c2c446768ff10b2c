using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using static Orchestrator.Core.Rollouts.RolloutMachine;
using static Orchestrator.Core.Rollouts.RolloutProgress;

namespace Orchestrator.Core.Rollouts;

/// <summary>A promotion part by part, with time and evidence between two of them.</summary>
public static class RolloutWaves
{
    /// <summary>Gateways tell every second at most, and a message may come late.</summary>
    private static readonly TimeSpan ShortestSilence = TimeSpan.FromSeconds(5);

    /// <summary>How many there are; 1 for a first version, which nobody waits beside.</summary>
    public static int CountOf(Rollout rollout) =>
        (rollout.From, RolloutDomains.WavesOf(rollout).Length) switch
        {
            (null, _) => 1,
            (_, > 0 and var domains) => domains,
            _ => PercentsOf(rollout).Percents.Length,
        };

    /// <summary>Instances of the new version after the wave, and never fewer than the canary has had.</summary>
    public static int GoalOf(Rollout rollout, int wave)
    {
        var count = rollout.Stage.Count;
        if (wave >= CountOf(rollout) - 1)
        {
            return count;
        }

        var share = rollout.Domains.IsEmpty
            ? PercentsOf(rollout).GoalOf(count, wave)
            : RolloutDomains.ReachedBy(rollout, wave);
        return Math.Min(count, Math.Max(share, StepOf(rollout)?.Instances ?? 0));
    }

    /// <summary>Which domains the wave is about, for people, such as <c>, zone a</c>; empty where it is about none.</summary>
    public static string DomainsOf(Rollout rollout, int wave)
    {
        var waves = RolloutDomains.WavesOf(rollout);
        return wave < waves.Length
            ? $", {RolloutDomains.PolicyOf(rollout)!.Label} {string.Join(" and ", waves[wave].Select(NameOf))}"
            : "";
    }

    /// <summary>For people.</summary>
    internal static string NameOf(DomainShare domain) => domain.Name.Length == 0 ? "(none)" : domain.Name;

    /// <summary>Instances of the old version that are left after the wave.</summary>
    internal static int OldGoalOf(Rollout rollout, int wave)
    {
        var rest = rollout.From is null ? 0 : rollout.Stage.Count - GoalOf(rollout, wave);
        if (rollout.Domains.IsEmpty || rest == 0)
        {
            return rest;
        }

        // More than there were are wanted only when all of the domains are reached.
        var untouched = rollout.Domains.Sum(domain => domain.Instances) - RolloutDomains.ReachedBy(rollout, wave);
        return Math.Min(rest, untouched);
    }

    /// <summary>For the journal, behind what is promoted; empty where there is one wave only.</summary>
    internal static string Named(Rollout rollout, RolloutPhase.Promoting promoting) =>
        CountOf(rollout) == 1 ? "" : $", {NameOf(rollout, promoting)}";

    internal static bool IsLast(Rollout rollout, RolloutPhase.Promoting promoting) =>
        promoting.Wave >= CountOf(rollout) - 1;

    /// <summary>All of the wave's instances are exchanged: time passes, the judge looks on, and then the next one begins.</summary>
    internal static Transition.Done Soak(Rollout rollout, RolloutPhase.Promoting promoting, DateTimeOffset now)
    {
        var soak = SoakOf(rollout);
        if (promoting.SoakingSince is not { } since)
        {
            return Move(
                rollout,
                promoting with
                {
                    SoakingSince = now,
                },
                new RolloutEffect.Record(
                    Conductor,
                    "rollout.wave-done",
                    Text($"{NameOf(rollout, promoting)}; the next one not before {soak.TotalSeconds} s")
                )
            );
        }

        if (now - since < soak)
        {
            return Keep(rollout);
        }

        if (soak == TimeSpan.Zero)
        {
            return Next(rollout, promoting, now);
        }

        if (!IsSeen(rollout, since, now))
        {
            return Held(rollout, promoting, "nothing was heard of its requests since the last wave");
        }

        var (judged, judgement) = RolloutJudging.Judge(rollout, now);
        return judgement.Outcome switch
        {
            JudgementOutcome.Fail => RolloutJudging.Kept(
                judgement,
                StartRollback(judged, Judge, judgement.Reason, now)
            ),
            JudgementOutcome.Hold => Keep(judged), // No more traffic until it looks good again.
            JudgementOutcome.Inconclusive => RolloutJudging.Kept(judgement, Held(judged, promoting, judgement.Reason)),
            _ => Next(judged, promoting, now),
        };
    }

    private static Transition.Done Held(Rollout rollout, RolloutPhase.Promoting promoting, string reason) =>
        Move(
            rollout,
            new RolloutPhase.Held(promoting, reason),
            new RolloutEffect.Record(Judge, "rollout.held", reason)
        );

    /// <summary>To be called before the last wave only.</summary>
    internal static Transition.Done Next(Rollout rollout, RolloutPhase.Promoting promoting, DateTimeOffset now) =>
        Begin(rollout, promoting, promoting.Wave + 1, now);

    /// <summary>All that is left in one wave.</summary>
    internal static Transition.Done Last(Rollout rollout, RolloutPhase.Promoting promoting, DateTimeOffset now) =>
        Begin(rollout, promoting, CountOf(rollout) - 1, now);

    private static Transition.Done Begin(
        Rollout rollout,
        RolloutPhase.Promoting promoting,
        int wave,
        DateTimeOffset now
    )
    {
        var next = new RolloutPhase.Promoting(promoting.Ready, now) { Wave = wave };
        return Move(rollout, next, new RolloutEffect.Record(Conductor, "rollout.wave", NameOf(rollout, next)));
    }

    /// <summary>Whether somebody has told of its requests in the later half of the soak, and not too long ago.</summary>
    private static bool IsSeen(Rollout rollout, DateTimeOffset since, DateTimeOffset now)
    {
        if (rollout.Evidence is not { } evidence)
        {
            return false;
        }

        var half = (now - since) / 2;
        var recent = half < evidence.Policy.MaxAge ? half : evidence.Policy.MaxAge;
        var heardAfter = now - (recent < ShortestSilence ? ShortestSilence : recent);
        return Enumerable
            .Range(0, evidence.Policy.Metrics.Length)
            .Any(metric => evidence.Until(metric) is { } last && last > since && last >= heardAfter);
    }

    private static Waves PercentsOf(Rollout rollout) =>
        rollout is { From: not null, Stage.Strategy.Exchange: Exchange.Rolling { Waves: { } waves } }
            ? waves
            : Waves.AllAtOnce;

    private static TimeSpan SoakOf(Rollout rollout) =>
        rollout.Domains.IsEmpty ? PercentsOf(rollout).Soak : RolloutDomains.PolicyOf(rollout)!.Soak;

    private static string NameOf(Rollout rollout, RolloutPhase.Promoting promoting) =>
        Text(
            $"wave {promoting.Wave + 1} of {CountOf(rollout)}: {GoalOf(rollout, promoting.Wave)} of {rollout.Stage.Count} instances{DomainsOf(rollout, promoting.Wave)}"
        );

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
