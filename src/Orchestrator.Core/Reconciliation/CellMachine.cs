using System.Collections.Immutable;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Decides a batch of inputs: first each in its order, then what follows from all of them together.</summary>
public static class CellMachine
{
    /// <summary>The name that the journal gives to decisions no person asked for.</summary>
    internal const string Conductor = "conductor";

    private static readonly CellAnswer.Accepted Noted = new(Subject: "", Message: "noted");

    /// <summary>Changes the draft in place. Everything decided is in the answer, to be stored before it is told to anybody.</summary>
    public static Decision Decide(CellDraft draft, IReadOnlyList<CellInput> batch, DateTimeOffset now)
    {
        draft.HasMoved = false;
        var answers = ImmutableArray.CreateBuilder<CellAnswer>(batch.Count);
        foreach (var input in batch)
        {
            answers.Add(Handle(draft, input, now));
        }

        HostWatch.MarkLost(draft, now);
        Windows.Advance(draft, now);
        TrainDispatch.Advance(draft, now);
        RolloutConduct.Advance(draft, now);
        HostWishes.Advance(draft, now);
        RebalanceConduct.Advance(draft, now);
        InstanceReconciler.Reconcile(draft, now);
        InstanceReconciler.StopDrained(draft, now);
        var commands = Dispatch.Compose(draft, now);
        var (changes, entries) = draft.TakeChanges();
        return new Decision
        {
            Answers = answers.ToImmutable(),
            Changes = changes,
            Entries = entries,
            Commands = commands,
            HasMore = draft.HasMore || draft.HasMoved,
        };
    }

    private static CellAnswer Handle(CellDraft draft, CellInput input, DateTimeOffset now)
    {
        switch (input)
        {
            case CellInput.LineTimed timed:
                TrainDispatch.Time(draft, timed, now);
                return Noted;
            case CellInput.WindowTimed timed:
                Windows.Time(draft, timed, now);
                return Noted;
            case CellInput.HostReported(var host):
                HostWatch.Report(draft, host, now);
                return Noted;
            case CellInput.HostHeard heard:
                HostWatch.Hear(draft, heard, now);
                return Noted;
            case CellInput.GatewayHeard heard:
                GatewayWatch.Hear(draft, heard, now);
                return Noted;
            case CellInput.TrafficCounted counted:
                EvidenceIntake.Count(draft, counted, now);
                return Noted;
            case CellInput.WebhookAnswered(var id, var answered):
                if (draft.Rollouts.TryGet(id, out var rollout))
                {
                    RolloutConduct.Step(draft, rollout, answered, now);
                }

                return Noted;
            case CellInput.Tick:
                return Noted;
            default:
                return Answer(draft, input, now);
        }
    }

    /// <summary>What people ask for.</summary>
    private static CellAnswer Answer(CellDraft draft, CellInput input, DateTimeOffset now) =>
        input switch
        {
            CellInput.MetricMeasured measured => EvidenceIntake.Measure(draft, measured, now),
            CellInput.Apply asked => ManifestApplication.Apply(draft, asked, now),
            CellInput.Publish(var actor, var order) => Publication.Publish(draft, actor, order, now),
            CellInput.Halt asked => Windows.Halt(draft, asked, now),
            CellInput.ReleaseWindow asked => Windows.Release(draft, asked, now),
            CellInput.CancelTrain(var actor, var train, var reason) => TrainEnds.Cancel(
                draft,
                actor,
                train,
                reason,
                now
            ),
            CellInput.OrderExpress asked => ExpressOrders.Express(draft, asked, now),
            CellInput.OrderRollback asked => TrainOrders.RollBack(draft, asked, now),
            CellInput.RetryTrain asked => TrainOrders.Retry(draft, asked, now),
            CellInput.RecallTrain asked => TrainEnds.Recall(draft, asked, now),
            CellInput.ReviewTrain asked => TrainEnds.Review(draft, asked, now),
            CellInput.YankVersion asked => Yanking.Yank(draft, asked, now),
            CellInput.AskRollout asked => RolloutConduct.Ask(draft, asked, now),
            CellInput.CreateDelegation asked => Delegations.Create(draft, asked, now),
            CellInput.RevokeDelegation asked => Delegations.Revoke(draft, asked, now),
            CellInput.SetAvailability asked => HostWishes.SetAvailability(draft, asked, now),
            CellInput.DrainHost asked => HostWishes.Drain(draft, asked, now),
            CellInput.AskRebalance asked => RebalanceConduct.Ask(draft, asked, now),
            CellInput.CancelRebalance asked => RebalanceConduct.Cancel(draft, asked, now),
            CellInput.RunProgram asked => ProgramRuns.Note(draft, asked, now),
            CellInput.CopyFile asked => ProgramRuns.Note(draft, asked, now),
            CellInput.SetSecret asked => Secrets.Set(draft, asked, now),
            CellInput.DeleteSecret asked => Secrets.Delete(draft, asked, now),
            CellInput.NoteHostAccess noted => HostAccessNotes.Note(draft, noted, now),
            _ => throw new ArgumentOutOfRangeException(nameof(input)),
        };
}
