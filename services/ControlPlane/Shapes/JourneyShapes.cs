using System.Globalization;
using Orchestrator.Contracts.Http;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Trains and rollouts as the API shows them, each with the command that leads on.</summary>
internal static class JourneyShapes
{
    public static TrainView Of(Cell cell, Train train, DateTimeOffset now)
    {
        var (phase, reason) = Words.Of(train.Phase);
        var rollouts = cell.Rollouts.Values.Where(rollout => rollout.Id.Train == train.Id).ToList();
        return new TrainView
        {
            Id = train.Id.Value,
            Line = train.Id.Line.Value,
            Phase = phase,
            Reason =
                Array.Find(
                    [
                        reason,
                        TrainSight.ClosedFor(cell, train, now),
                        train.Shortage,
                        TrainSight.WaitsFor(cell, train),
                        BlockerOf(rollouts),
                    ],
                    text => text.Length > 0
                ) ?? "",
            DepartsAt = train.DepartsAt,
            Order = OrderOf(train),
            NeedsReview = train.NeedsReview,
            Boards =
                train.Phase is TrainPhase.Boarding && cell.Lines.TryGetValue(train.Id.Line, out var line)
                    ? string.Join(
                        ", ",
                        BoardingSight.Of(cell, line, train).Versions.Select(each => $"{each.Service} {each.Number}")
                    )
                    : "",
            Consist =
            [
                .. train.Consist?.Cars.Select(car => new CarView(car.Service.Value, car.Version.ToString(), car.Digest))
                    ?? [],
            ],
            ConsistHash = train.Consist?.Hash ?? "",
            Rollouts = [.. rollouts.Select(rollout => rollout.Id.Value)],
            Goes = NotesShapes.Of(ConsistSight.Of(cell, train)),
            Reserved =
            [
                .. train.Reservations.SelectMany(each =>
                    each.Rooms.Select(room => new ReservedRoomView(
                        each.Stage.Value,
                        room.Host.Value,
                        room.Instances,
                        room.Room.ToString()
                    ))
                ),
            ],
            Next =
                rollouts.Select(NextOf).FirstOrDefault(next => next.Length > 0)
                ?? (
                    train is { Shortage.Length: > 0, Consist: { } consist }
                        ? $"orc explain {consist.Cars[0].Service}"
                        : ""
                ),
        };
    }

    public static RolloutView Of(Cell cell, Rollout rollout)
    {
        var phase = Words.Of(rollout.Phase).Phase;
        var deployment = cell.Deployments.GetValueOrDefault(new DeploymentKey(rollout.Service, rollout.Stage.Name));
        return new RolloutView
        {
            Id = rollout.Id.Value,
            Train = rollout.Id.Train.Value,
            Service = rollout.Service.Value,
            Stage = rollout.Stage.Name.Value,
            FromVersion = rollout.From?.ToString() ?? "",
            ToVersion = rollout.To.ToString(),
            Phase = phase,
            Reason = ReasonOf(rollout),
            Approvals = [.. rollout.Approvals.Select(DelegationShapes.Of)],
            Webhooks = [.. rollout.Stage.Webhooks.Select(gate => WebhookShapes.Of(gate, rollout))],
            Step = StepIndex(rollout),
            Steps = [.. StepsOf(rollout)],
            Versions = deployment is null ? [] : [.. FleetShapes.SharesOf(cell, deployment)],
            Instances =
            [
                .. cell.Instances.Of(new DeploymentKey(rollout.Service, rollout.Stage.Name)).Select(FleetShapes.Of),
            ],
            Verdict = rollout.Verdict is { } verdict ? VerdictShapes.Of(verdict) : null,
            ConsistHash = rollout.ConsistHash,
            StartedAt = rollout.PlannedAt,
            EndedAt = rollout.EndedAt,
            IsFinished = RolloutMachine.IsFinished(rollout),
            IsSucceeded = rollout.Phase is RolloutPhase.Succeeded,
            IsWaitingForApproval = rollout.Phase is RolloutPhase.AwaitingApproval,
            Next = NextOf(rollout),
        };
    }

    /// <summary>What its rollout waits for; empty while it goes on by itself.</summary>
    private static string BlockerOf(IEnumerable<Rollout> rollouts) =>
        rollouts
            .Where(rollout =>
                rollout.Phase
                    is RolloutPhase.AwaitingApproval
                        or RolloutPhase.Held
                        or RolloutPhase.Paused
                        or RolloutPhase.Halted
            )
            .Select(rollout => $"{rollout.Stage.Name}: {ReasonOf(rollout)}")
            .FirstOrDefault("");

    internal static string OrderOf(Train train)
    {
        if (train.Order is not { } order)
        {
            return "";
        }

        var kind = order.BreakGlassUntil is null ? order.Purpose.ToString() : "BreakGlass";
        var review = train.Review is { } given ? $"; reviewed by {given.Actor}: {given.Findings}" : "";
        return $"{kind} by {order.Actor}: {order.Reason}{review}";
    }

    private static string ReasonOf(Rollout rollout)
    {
        var own =
            rollout.Phase is RolloutPhase.AwaitingApproval ? ApprovalReason(rollout) : Words.Of(rollout.Phase).Reason;
        return string.Join("; ", new[] { own, BlueGreenShapes.Note(rollout) }.Where(text => text.Length > 0));
    }

    private static string ApprovalReason(Rollout rollout)
    {
        var gate = rollout.Stage.Approval;
        var missing = RolloutApprovals.Missing(rollout, rollout.PhaseSince ?? rollout.PlannedAt);
        var who = gate is { Groups.IsEmpty: false } ? $" of {string.Join(" or ", gate.Groups)}" : "";
        var people =
            missing == 1 ? $"a person{who}" : string.Create(CultureInfo.InvariantCulture, $"{missing} people{who}");
        var before = gate?.Before == ApprovalPoint.Promotion ? "promotion" : "anything runs";
        var given = rollout.Approvals.IsEmpty
            ? ""
            : $"; approved by {string.Join(", ", rollout.Approvals.Select(DelegationShapes.NameOf))}";
        return $"{people} must approve before {before}{given}";
    }

    private static string NextOf(Rollout rollout) =>
        rollout.Phase switch
        {
            RolloutPhase.AwaitingApproval => $"orc approve {rollout.Id} --reason WHY",
            RolloutPhase.Paused => $"orc resume {rollout.Id} --reason WHY",
            RolloutPhase.Held(RolloutPhase.Planned or RolloutPhase.AwaitingWebhooks, _) =>
                $"orc rollout watch {rollout.Id}",
            RolloutPhase.Halted => "orc get windows",
            RolloutPhase.Held => $"orc resume {rollout.Id} --reason WHY",
            RolloutPhase.RolledBack => $"orc publish {rollout.Service} NEXT-VERSION",
            RolloutPhase.RollbackFailed => $"orc explain {rollout.Service} --stage {rollout.Stage.Name}",
            _ => RolloutMachine.IsFinished(rollout) ? "" : $"orc rollout watch {rollout.Id}",
        };

    private static int StepIndex(Rollout rollout) =>
        BlueGreenShapes.IsOf(rollout) ? BlueGreenShapes.StepIndex(rollout) : CanaryIndex(rollout);

    private static int CanaryIndex(Rollout rollout) =>
        RolloutMachine.Underlying(rollout.Phase) switch
        {
            RolloutPhase.Deploying deploying => deploying.Step,
            RolloutPhase.Baking baking => baking.Step,
            RolloutPhase.Judging judging => judging.Step,
            RolloutPhase.Passed passed => passed.Step,
            RolloutPhase.Planned
            or RolloutPhase.Withdrawing
            or RolloutPhase.AwaitingWebhooks { Before: ApprovalPoint.Stage }
            or RolloutPhase.AwaitingApproval { Before: ApprovalPoint.Stage } => 0,
            RolloutPhase.Promoting promoting => rollout.Stage.Strategy.Steps.Length + promoting.Wave,
            _ => rollout.Stage.Strategy.Steps.Length,
        };

    private static IEnumerable<StepView> StepsOf(Rollout rollout)
    {
        var (at, steps) = (StepIndex(rollout), rollout.Stage.Strategy.Steps);
        var isBack =
            rollout.Phase
            is RolloutPhase.RollingBack
                or RolloutPhase.RolledBack
                or RolloutPhase.RollbackFailed
                or RolloutPhase.Cancelled
                or RolloutPhase.Superseded;
        if (BlueGreenShapes.IsOf(rollout))
        {
            foreach (var step in BlueGreenShapes.StepsOf(rollout, index => StateOf(index, at, isBack, rollout)))
            {
                yield return step;
            }

            yield break;
        }

        foreach (var (step, index) in steps.Select((step, index) => (step, index)))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"canary {index + 1}");
            yield return new StepView(name, step.Instances, step.WeightPercent, StateOf(index, at, isBack, rollout))
            {
                IsManual = step.IsManual,
            };
        }

        var waves = RolloutWaves.CountOf(rollout);
        for (var index = 0; index < waves; index++)
        {
            var state = StateOf(steps.Length + index, at, isBack, rollout);
            var goal = RolloutWaves.GoalOf(rollout, index);
            yield return new StepView(NameOf(rollout, index, waves), goal, PercentOf(goal, rollout), state);
        }
    }

    private static string NameOf(Rollout rollout, int wave, int waves) =>
        waves == 1
            ? "promotion"
            : string.Create(CultureInfo.InvariantCulture, $"wave {wave + 1}{RolloutWaves.DomainsOf(rollout, wave)}");

    /// <summary>A stage of daemons may be without any host.</summary>
    private static int PercentOf(int goal, Rollout rollout) => 100 * goal / Math.Max(1, rollout.Stage.Count);

    private static string StateOf(int index, int at, bool isBack, Rollout rollout) =>
        (rollout.Phase, isBack) switch
        {
            (RolloutPhase.Succeeded, _) => "done",
            (_, true) => "given up",
            _ when index < at => "done",
            _ when index == at => "running",
            _ => "waiting",
        };
}
