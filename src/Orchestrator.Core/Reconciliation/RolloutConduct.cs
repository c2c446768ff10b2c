using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Feeds rollouts with what happens, and carries out what they want.</summary>
internal static class RolloutConduct
{
    private const int WholeTraffic = 100;

    /// <summary>Some cars of a train may have got further than others: only what none of them takes is refused.</summary>
    private const string WrongPhase = "wrong_phase";

    public static void Plan(CellDraft draft, Train train, Stage stage, Car car, DateTimeOffset now)
    {
        var current = draft.Deployments.Find(new DeploymentKey(car.Service, stage.Name))?.Current;
        var isGlassBroken = train.Order?.IsGlassBroken(now) ?? false;
        var patient = MakingRoom.Allow(draft, stage, car.Service, current, car.Version);
        var rollout = new Rollout
        {
            Id = train.RolloutOf(stage.Name, car.Service),
            Service = car.Service,
            Stage = isGlassBroken ? patient with { Approval = null, Webhooks = [] } : patient,
            From = current,
            To = car.Version,
            PublishedBy = draft.Versions[new VersionKey(car.Service, car.Version)].PublishedBy,
            ConsistHash = train.Consist!.Hash,
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

    /// <summary>What is asked of one of a train's cars at a stage is asked of all of them.</summary>
    public static CellAnswer Ask(CellDraft draft, CellInput.AskRollout asked, DateTimeOffset now)
    {
        var train = draft.Trains.Find(TrainKey.Of(asked.Rollout.Train));
        var cars = train is null ? [] : draft.RolloutsAt(train, asked.Rollout.Stage);
        if (train is null || cars.Count == 0)
        {
            return AdvanceApprovals.Ask(draft, asked, now)
                ?? new CellAnswer.Refused(
                    RefusalKind.NotFound,
                    "rollout_unknown",
                    $"There is no rollout {asked.Rollout}.",
                    "See the rollouts: orc get rollouts"
                );
        }

        if (asked.Ask == RolloutAsk.Rollback && cars.TrueForAll(RolloutMachine.IsFinished))
        {
            return StageReturn.Ask(draft, train, cars, asked, now);
        }

        // Whom a way back finds finished goes with the others, in its turn.
        var transitions = cars.Where(car => asked.Ask != RolloutAsk.Rollback || !RolloutMachine.IsFinished(car))
            .Select(car => (Before: car, After: RolloutMachine.Step(car, EventOf(draft, asked, now), now)))
            .ToList();
        var refusals = transitions.Select(each => each.After).OfType<Transition.Refused>().ToList();
        var decisive = refusals.Find(each => each.Code != WrongPhase);
        if (decisive is not null || refusals.Count == transitions.Count)
        {
            return Of(decisive ?? refusals[0]);
        }

        foreach (var (before, after) in transitions)
        {
            if (after is Transition.Done done)
            {
                CarryOut(draft, before, done, now);
            }
        }

        var (first, _) = transitions.Find(each => each.After is Transition.Done);
        return new CellAnswer.Accepted(asked.Rollout.Value, RolloutAnswers.Of(draft.Rollouts[first.Id], asked, now));
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
        var turns = StageTurns.Of(draft);
        foreach (var id in turns is null ? draft.OpenRollouts.ToArray() : StageTurns.InTurn(draft).ToArray())
        {
            var rollout = DaemonReconciler.Sized(draft, draft.Rollouts[id]);
            var closure = Windows.Closing(draft, rollout, now);
            var observed = new RolloutEvent.Observed(
                StageFleets.Of(draft, rollout, now),
                Blocker(draft, rollout, turns)
            )
            {
                Closing = closure?.ClosingAt(now),
                Closed = closure?.Text ?? "",
            };
            Step(draft, rollout, observed, now);
            turns?.Note(draft.Rollouts[id]);
        }
    }

    /// <summary>What must come first; whose turn it is only for whom nothing else holds.</summary>
    private static string Blocker(CellDraft draft, Rollout rollout, StageTurns? turns) =>
        Dependencies.Blocker(draft, rollout) is { Length: > 0 } blocker
            ? blocker
            : turns?.Blocker(rollout, draft.Trains[TrainKey.Of(rollout.Id.Train)]) ?? "";

    /// <summary>Whether nothing has run at its stage since.</summary>
    internal static bool IsNewest(CellDraft draft, Rollout rollout) =>
        !draft
            .TrainsWith(rollout.Service)
            .Select(train => draft.RolloutOf(train, rollout.Stage.Name, rollout.Service))
            .Any(other =>
                other is { Phase: not (RolloutPhase.Cancelled or RolloutPhase.Superseded) }
                && (other.PlannedAt, TrainKey.Of(other.Id.Train)).CompareTo(
                    (rollout.PlannedAt, TrainKey.Of(rollout.Id.Train))
                ) > 0
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

    internal static void CarryOut(CellDraft draft, Rollout before, Transition.Done done, DateTimeOffset now)
    {
        var rollout = done.Rollout;
        if (!ReferenceEquals(before, rollout))
        {
            draft.Put(rollout);
        }

        foreach (var effect in done.Effects)
        {
            CarryOut(draft, rollout, effect, now);
        }

        if (
            rollout.Phase is RolloutPhase.RolledBack or RolloutPhase.RollbackFailed
            && !ReferenceEquals(before, rollout)
        )
        {
            Settle(draft, rollout, rollout.From);
        }
    }

    private static void CarryOut(CellDraft draft, Rollout rollout, RolloutEffect effect, DateTimeOffset now)
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
                Settle(draft, rollout, rollout.To);
                break;
            case RolloutEffect.KeepJudgement(var number, var judgement):
                draft.Judgements.Add(new KeptJudgement(rollout.Id, number, judgement));
                break;
            case RolloutEffect.Record(var actor, var action, var reason):
                draft.Record(now, actor, action, rollout.Id.Value, reason);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect));
        }
    }

    private static void Settle(CellDraft draft, Rollout rollout, SemanticVersion? version) =>
        Change(draft, rollout, deployment => Settled(deployment, version, CountAfter(draft, rollout)));

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

    /// <summary>As declared meanwhile: a rollout has a copy of its stage, which ends with it. What has no count keeps the rollout's.</summary>
    private static int CountAfter(CellDraft draft, Rollout rollout) =>
        draft.StageOf(new DeploymentKey(rollout.Service, rollout.Stage.Name)) is { Count: > 0 } declared
        && rollout.Stage.Count > 0
            ? declared.Count
            : rollout.Stage.Count;

    private static Deployment Settled(Deployment deployment, SemanticVersion? version, int count) =>
        deployment with
        {
            Current = version,
            Targets = version is null ? [] : [new VersionTarget(version, count, WholeTraffic)],
        };

    private static Deployment WithCounts(Deployment deployment, Rollout rollout, int old, int @new) =>
        With(deployment, rollout, target => target with { Count = target.Version == rollout.To ? @new : old });

    private static Deployment WithWeights(Deployment deployment, Rollout rollout, decimal newPercent) =>
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
