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
            case CellInput.Apply apply:
                return ManifestApplication.Apply(draft, apply, now);
            case CellInput.Publish(var actor, var order):
                return Publication.Publish(draft, actor, order, now);
            case CellInput.LineTimed timed:
                TrainDispatch.Time(draft, timed, now);
                return Noted;
            case CellInput.CancelTrain(var actor, var train, var reason):
                return TrainEnds.Cancel(draft, actor, train, reason, now);
            case CellInput.OrderExpress asked:
                return TrainOrders.Express(draft, asked, now);
            case CellInput.OrderRollback asked:
                return TrainOrders.RollBack(draft, asked, now);
            case CellInput.RetryTrain asked:
                return TrainOrders.Retry(draft, asked, now);
            case CellInput.RecallTrain asked:
                return TrainEnds.Recall(draft, asked, now);
            case CellInput.YankVersion asked:
                return Yanking.Yank(draft, asked, now);
            case CellInput.AskRollout asked:
                return RolloutConduct.Ask(draft, asked, now);
            case CellInput.SetAvailability asked:
                return HostWishes.SetAvailability(draft, asked, now);
            case CellInput.DrainHost asked:
                return HostWishes.Drain(draft, asked, now);
            case CellInput.AskRebalance asked:
                return RebalanceConduct.Ask(draft, asked, now);
            case CellInput.CancelRebalance asked:
                return RebalanceConduct.Cancel(draft, asked, now);
            case CellInput.RunProgram asked:
                return ProgramRuns.Note(draft, asked, now);
            case CellInput.NoteHostAccess noted:
                return HostAccessNotes.Note(draft, noted, now);
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
                RolloutConduct.Count(draft, counted, now);
                return Noted;
            case CellInput.Tick:
                return Noted;
            default:
                throw new ArgumentOutOfRangeException(nameof(input));
        }
    }
}
