using Orchestrator.Core.Catalog;
using static Orchestrator.Core.Rollouts.RolloutMachine;

namespace Orchestrator.Core.Rollouts;

/// <summary>
/// Other systems that let a rollout go on. They are asked from when it comes to their point, people's approval beside them,
/// and whatever is not an opening holds.
/// </summary>
public static class RolloutWebhooks
{
    /// <summary>The first attempt after a failure comes that soon, each later one after twice as long, up to the gate's own interval.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    /// <summary>After so many doublings every gate's interval is exceeded.</summary>
    private const int MaxDoublings = 12;

    /// <summary>Whom to ask now. Follows from the rollout, so whoever takes over asks what was not answered.</summary>
    public static IEnumerable<WebhookQuestion> Due(Rollout rollout, DateTimeOffset now)
    {
        if (PointOf(rollout) is not { } point)
        {
            yield break;
        }

        foreach (var gate in Closed(rollout, point))
        {
            var last = StateOf(rollout, gate);
            if (last is null || last.AskAgainAt <= now)
            {
                yield return new WebhookQuestion(gate, NextRound(last), (last?.Attempts ?? 0) + 1);
            }
        }
    }

    /// <summary>Null if it was not asked, or about another consist.</summary>
    public static WebhookState? StateOf(Rollout rollout, WebhookGate gate) =>
        rollout.Webhooks.FirstOrDefault(state =>
            state.Name == gate.Name && state.Before == gate.Before && state.ConsistHash == rollout.ConsistHash
        );

    /// <summary>The point at which only webhooks hold it, asked for or not; null if they do not.</summary>
    internal static ApprovalPoint? HeldBefore(Rollout rollout) =>
        rollout.Phase switch
        {
            RolloutPhase.AwaitingWebhooks(var before) => before,
            RolloutPhase.Held(RolloutPhase.AwaitingWebhooks(var before), _) => before,
            _ => null,
        };

    /// <summary>Null if all of them have opened.</summary>
    internal static Transition.Done? Hold(Rollout rollout, ApprovalPoint point)
    {
        var closed = Closed(rollout, point).ToList();
        if (closed.Count == 0)
        {
            return null;
        }

        var reason = string.Join("; ", closed.Select(gate => $"webhook {gate.Name} {TextOf(StateOf(rollout, gate))}"));
        if (rollout.Phase is RolloutPhase.Held(RolloutPhase.AwaitingWebhooks(var before), var known) && before == point)
        {
            // What they say is in the journal by itself.
            return known == reason ? Keep(rollout) : Move(rollout, new RolloutPhase.Held(Waiting(point), reason));
        }

        return Move(
            rollout,
            new RolloutPhase.Held(Waiting(point), reason),
            new RolloutEffect.Record(RolloutProgress.Conductor, "rollout.held", reason)
        );
    }

    internal static Transition.Done Hear(Rollout rollout, RolloutEvent.WebhookAnswered heard, DateTimeOffset now)
    {
        var gate =
            PointOf(rollout) == heard.Before
                ? Closed(rollout, heard.Before).FirstOrDefault(each => each.Name == heard.Webhook)
                : null;
        var last = gate is null ? null : StateOf(rollout, gate);
        if (gate is null || heard.Round != NextRound(last))
        {
            return Keep(rollout); // Late or repeated news.
        }

        var failures = heard.Answer is WebhookAnswer.Failed ? (last?.Failures ?? 0) + 1 : 0;
        var state = new WebhookState
        {
            Name = gate.Name,
            Before = gate.Before,
            ConsistHash = rollout.ConsistHash,
            Round = heard.Round,
            Attempts = (last?.Attempts ?? 0) + 1,
            Failures = failures,
            Answer = heard.Answer,
            At = now,
            AskAgainAt = now + DelayAfter(failures, gate),
        };
        var told = Keep(With(rollout, state));
        return last?.Answer == heard.Answer
            ? told
            : RolloutRequests.Noted(told, $"webhook:{gate.Name}", ActionOf(heard.Answer), ReasonOf(heard.Answer));
    }

    internal static Transition Skip(Rollout rollout, RolloutEvent.WebhookSkipAsked asked, DateTimeOffset now)
    {
        var gate = PointOf(rollout) is { } point
            ? Closed(rollout, point).FirstOrDefault(each => each.Name == asked.Webhook)
            : null;
        if (gate is null)
        {
            return RolloutRequests.NotNow(rollout, "skip a webhook of", $"It waits for no webhook {asked.Webhook}.");
        }

        if (asked.Reason.Length == 0)
        {
            return new Transition.Refused(
                "reason_missing",
                $"Whoever goes on without {asked.Webhook} says why.",
                $"Add --reason: orc skip {rollout.Id} --webhook {asked.Webhook} --reason WHY"
            );
        }

        var last = StateOf(rollout, gate);
        var skipped = With(
            rollout,
            new WebhookState
            {
                Name = gate.Name,
                Before = gate.Before,
                ConsistHash = rollout.ConsistHash,
                Round = NextRound(last),
                Attempts = last?.Attempts ?? 0,
                Failures = 0,
                Answer = new WebhookAnswer.Skipped(asked.Actor, asked.Reason),
                At = now,
                AskAgainAt = now,
            }
        );
        return RolloutRequests.Noted(
            Keep(skipped),
            asked.Actor,
            "rollout.webhook-skipped",
            $"{gate.Name}: {asked.Reason}"
        );
    }

    /// <summary>Where it stands with all but people and webhooks having let it through; null if it is elsewhere, or somebody stopped it.</summary>
    private static ApprovalPoint? PointOf(Rollout rollout) =>
        rollout.Phase is RolloutPhase.AwaitingApproval(var before, _) ? before : HeldBefore(rollout);

    private static IEnumerable<WebhookGate> Closed(Rollout rollout, ApprovalPoint point) =>
        rollout.Stage.Webhooks.Where(gate => gate.Before == point && StateOf(rollout, gate) is not { IsOpen: true });

    private static Rollout With(Rollout rollout, WebhookState state) =>
        rollout with
        {
            Webhooks =
            [
                .. rollout.Webhooks.Where(each => each.Name != state.Name || each.Before != state.Before),
                state,
            ],
        };

    private static int NextRound(WebhookState? last) =>
        last switch
        {
            null => 1,
            { Answer: WebhookAnswer.Refused } => last.Round + 1,
            _ => last.Round,
        };

    private static TimeSpan DelayAfter(int failures, WebhookGate gate)
    {
        var retry = FirstRetry * Math.Pow(2, Math.Min(failures - 1, MaxDoublings));
        return failures > 0 && retry < gate.Every ? retry : gate.Every;
    }

    private static RolloutPhase.AwaitingWebhooks Waiting(ApprovalPoint point) => new(point);

    private static string TextOf(WebhookState? state) =>
        state?.Answer switch
        {
            null => "has not answered yet",
            WebhookAnswer.Refused(var reason) => $"refuses{Because(reason)}",
            WebhookAnswer.Pending(var reason) => $"does not know yet{Because(reason)}",
            WebhookAnswer.Failed(var why) => $"gives no answer: {why}",
            _ => throw new ArgumentOutOfRangeException(nameof(state)),
        };

    private static string Because(string reason) => reason.Length == 0 ? "" : $": {reason}";

    private static string ActionOf(WebhookAnswer answer) =>
        answer switch
        {
            WebhookAnswer.Allowed => "rollout.webhook-opened",
            WebhookAnswer.Refused => "rollout.webhook-refused",
            WebhookAnswer.Pending => "rollout.webhook-pending",
            WebhookAnswer.Failed => "rollout.webhook-failed",
            _ => throw new ArgumentOutOfRangeException(nameof(answer)),
        };

    private static string ReasonOf(WebhookAnswer answer) =>
        answer switch
        {
            WebhookAnswer.Allowed(var reason) => reason,
            WebhookAnswer.Refused(var reason) => reason,
            WebhookAnswer.Pending(var reason) => reason,
            WebhookAnswer.Failed(var why) => why,
            _ => throw new ArgumentOutOfRangeException(nameof(answer)),
        };
}
