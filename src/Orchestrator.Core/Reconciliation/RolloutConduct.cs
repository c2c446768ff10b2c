using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Feeds rollouts with what happens, and carries out what they want.</summary>
internal static class RolloutConduct
{
    private const int WholeTraffic = 100;

    public static void Plan(CellDraft draft, Train train, Stage stage, Consist consist, DateTimeOffset now)
    {
        var car = consist.Cars[0];
        var current = draft.Deployments.Find(new DeploymentKey(car.Service, stage.Name))?.Current;
        var isGlassBroken = train.Order?.IsGlassBroken(now) ?? false;
        var patient = MakingRoom.Allow(draft, stage, car.Service, current, car.Version);
        var rollout = new Rollout
        {
            Id = RolloutId.Of(train.Id, stage.Name),
            Service = car.Service,
            Stage = isGlassBroken ? patient with { Approval = null, Webhooks = [] } : patient,
            From = current,
            To = car.Version,
            PublishedBy = draft.Versions[new VersionKey(car.Service, car.Version)].PublishedBy,
            ConsistHash = consist.Hash,
            Phase = new RolloutPhase.Planned(),
            Approval = null,
            Approvals = AdvanceApprovals.Of(train, stage.Name),
            PhaseSince = now,
            Noise = ReferenceIntake.NoiseAt(draft, car.Service, stage),
            Verdict = null,
            UnreadySince = null,
            PlannedAt = now,
            EndedAt = null,
        };
        draft.Put(DaemonReconciler.Planned(draft, rollout));
        var from = current is null ? "first version" : $"from {current}";
        var glass = isGlassBroken ? "; the glass is broken: no approval and no webhook is asked for" : "";
        draft.Record(now, CellMachine.Conductor, "rollout.planned", rollout.Id.Value, $"{car.Version}, {from}{glass}");
    }

    public static CellAnswer Ask(CellDraft draft, CellInput.AskRollout asked, DateTimeOffset now)
    {
        if (!draft.Rollouts.TryGet(asked.Rollout, out var rollout))
        {
            return AdvanceApprovals.Ask(draft, asked, now)
                ?? new CellAnswer.Refused(
                    RefusalKind.NotFound,
                    "rollout_unknown",
                    $"There is no rollout {asked.Rollout}.",
                    "See the rollouts: orc get rollouts"
                );
        }

        if (asked.Ask == RolloutAsk.Rollback && RolloutMachine.IsFinished(rollout) && !IsNewest(draft, rollout))
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "superseded",
                $"Another rollout has changed {rollout.Service} at {rollout.Stage.Name} since {rollout.Id}.",
                $"Roll back the newest one: orc get rollouts {rollout.Service}"
            );
        }

        var isUndone = asked.Ask == RolloutAsk.Rollback && rollout.Phase is RolloutPhase.Succeeded;
        if (
            isUndone
            && rollout.From is { } back
            && Dependencies.Conflict(draft, rollout.Service, back, rollout.Stage.Name) is { } conflict
        )
        {
            return TrainOrders.Conflicting(conflict);
        }

        var transition = RolloutMachine.Step(rollout, EventOf(draft, asked, now), now);
        if (transition is Transition.Refused refused)
        {
            return Of(refused);
        }

        CarryOut(draft, rollout, (Transition.Done)transition, now);
        return new CellAnswer.Accepted(rollout.Id.Value, RolloutAnswers.Of(draft.Rollouts[rollout.Id], asked, now));
    }

    internal static Approver ApproverOf(CellDraft draft, CellInput.AskRollout asked, DateTimeOffset now) =>
        new(asked.Actor, asked.IsApprover, asked.Groups) { Delegations = Delegations.To(draft, asked.Actor, now) };

    /// <summary>Who may not is told so, and who asks at the wrong time otherwise.</summary>
    internal static CellAnswer.Refused Of(Transition.Refused refused) =>
        new(
            refused.Code is "role_missing" or "not_in_group" ? RefusalKind.Forbidden : RefusalKind.Conflict,
            refused.Code,
            refused.Message,
            refused.Hint
        );

    private static RolloutEvent EventOf(CellDraft draft, CellInput.AskRollout asked, DateTimeOffset now) =>
        asked.Ask switch
        {
            RolloutAsk.Approve => new RolloutEvent.Approved(
                ApproverOf(draft, asked, now),
                asked.Reason,
                asked.ConsistHash
            ),
            RolloutAsk.Reject => new RolloutEvent.Rejected(ApproverOf(draft, asked, now), asked.Reason),
            RolloutAsk.Revoke => new RolloutEvent.Revoked(asked.Actor, asked.Reason),
            RolloutAsk.Pause => new RolloutEvent.PauseAsked(asked.Actor, asked.Reason),
            RolloutAsk.Resume => new RolloutEvent.ResumeAsked(asked.Actor, asked.Reason),
            RolloutAsk.Abort => new RolloutEvent.AbortAsked(asked.Actor, asked.Reason),
            RolloutAsk.Rollback => new RolloutEvent.RollbackAsked(asked.Actor, asked.Reason),
            RolloutAsk.Skip => new RolloutEvent.SkipAsked(asked.Actor, asked.Reason),
            RolloutAsk.SkipWebhook => new RolloutEvent.WebhookSkipAsked(asked.Actor, asked.Webhook, asked.Reason),
            RolloutAsk.Promote => new RolloutEvent.PromoteAsked(asked.Actor, asked.Reason),
            _ => throw new ArgumentOutOfRangeException(nameof(asked)),
        };

    public static void Advance(CellDraft draft, DateTimeOffset now)
    {
        foreach (var id in draft.OpenRollouts.ToList())
        {
            var rollout = DaemonReconciler.Sized(draft, draft.Rollouts[id]);
            var closure = Windows.Closing(draft, rollout, now);
            var observed = new RolloutEvent.Observed(
                StageFleets.Of(draft, rollout),
                Dependencies.Blocker(draft, rollout)
            )
            {
                Closing = closure?.ClosingAt(now),
                Closed = closure?.Text ?? "",
            };
            Step(draft, rollout, observed, now);
        }
    }

    /// <summary>Whether nothing has run at its stage since.</summary>
    internal static bool IsNewest(CellDraft draft, Rollout rollout) =>
        !draft
            .TrainsOf(rollout.Service)
            .Select(train => draft.Rollouts.Find(RolloutId.Of(train.Id, rollout.Stage.Name)))
            .Any(other =>
                other is { Phase: not (RolloutPhase.Cancelled or RolloutPhase.Superseded) }
                && (other.PlannedAt, other.Id.Train.Number).CompareTo((rollout.PlannedAt, rollout.Id.Train.Number)) > 0
            );

    /// <summary>False if the rollout refuses.</summary>
    internal static bool Step(CellDraft draft, Rollout rollout, RolloutEvent @event, DateTimeOffset now)
    {
        if (RolloutMachine.Step(rollout, @event, now) is not Transition.Done done)
        {
            return false;
        }

        CarryOut(draft, rollout, done, now);
        return true;
    }

    private static void CarryOut(CellDraft draft, Rollout before, Transition.Done done, DateTimeOffset now)
    {
        var rollout = done.Rollout;
        if (!ReferenceEquals(before, rollout))
        {
            draft.Put(rollout);
        }

        foreach (var effect in done.Effects)
        {
            switch (effect)
            {
                case RolloutEffect.SetTargets(var old, var @new):
                    Change(draft, rollout, deployment => WithCounts(deployment, rollout, old, @new));
                    break;
                case RolloutEffect.ShiftTraffic(var percent):
                    Change(draft, rollout, deployment => WithWeights(deployment, rollout, percent));
                    break;
                case RolloutEffect.MakeCurrent:
                    Change(draft, rollout, deployment => Settled(deployment, rollout.To, rollout.Stage.Count));
                    break;
                case RolloutEffect.KeepJudgement(var number, var judgement):
                    draft.Judgements.Add(new KeptJudgement(rollout.Id, number, judgement));
                    break;
                case RolloutEffect.Record(var actor, var action, var reason):
                    draft.Record(now, actor, action, rollout.Id.Value, reason);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(done));
            }
        }

        if (
            rollout.Phase is RolloutPhase.RolledBack or RolloutPhase.RollbackFailed
            && !ReferenceEquals(before, rollout)
        )
        {
            Change(draft, rollout, deployment => Settled(deployment, rollout.From, rollout.Stage.Count));
        }
    }

    private static void Change(CellDraft draft, Rollout rollout, Func<Deployment, Deployment> change)
    {
        var key = new DeploymentKey(rollout.Service, rollout.Stage.Name);
        var before =
            draft.Deployments.Find(key)
            ?? new Deployment
            {
                Service = rollout.Service,
                Stage = rollout.Stage.Name,
                Pool = rollout.Stage.Pool,
                Current = null,
                Targets = [],
                NextInstanceNumber = 1,
                Unplaced = "",
            };
        var after = change(before) with { Pool = rollout.Stage.Pool };
        if (after.Current != before.Current || !after.Targets.SequenceEqual(before.Targets))
        {
            draft.Put(after);
            draft.AreRoutesDirty = true;
        }
    }

    private static Deployment Settled(Deployment deployment, SemanticVersion? version, int count) =>
        deployment with
        {
            Current = version,
            Targets = version is null ? [] : [new VersionTarget(version, count, WholeTraffic)],
        };

    private static Deployment WithCounts(Deployment deployment, Rollout rollout, int old, int @new) =>
        With(deployment, rollout, target => target with { Count = target.Version == rollout.To ? @new : old });

    private static Deployment WithWeights(Deployment deployment, Rollout rollout, int newPercent) =>
        With(
            deployment,
            rollout,
            target =>
                target with
                {
                    WeightPercent = target.Version == rollout.To ? newPercent : WholeTraffic - newPercent,
                }
        );

    private static Deployment With(Deployment deployment, Rollout rollout, Func<VersionTarget, VersionTarget> change)
    {
        SemanticVersion?[] versions = [rollout.From, rollout.To];
        var targets = versions
            .OfType<SemanticVersion>()
            .Order()
            .Select(version =>
                deployment.Targets.FirstOrDefault(target => target.Version == version)
                ?? new VersionTarget(version, Count: 0, WeightPercent: 0)
            );
        return deployment with { Targets = [.. targets.Select(change)] };
    }
}
