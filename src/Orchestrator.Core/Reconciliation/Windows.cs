using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Windows: told their periods, asked by trains and rollouts, opened and closed by people.</summary>
internal static class Windows
{
    public static void Time(CellDraft draft, CellInput.WindowTimed timed, DateTimeOffset now)
    {
        var name = timed.Window.Name;
        if (draft.Windows.Find(name) is { } window && ManifestFields.IsSame(window, timed.Window))
        {
            draft.Windows.Put(
                name,
                window with
                {
                    Periods = [.. timed.Periods.Where(period => period.Until > now)],
                    KnownUntil = timed.KnownUntil,
                }
            );
        }
    }

    public static CellAnswer Halt(CellDraft draft, CellInput.Halt asked, DateTimeOffset now)
    {
        var unknown = asked.Services.FirstOrDefault(service => !draft.LinesOf(service).Any());
        if (unknown is not null)
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "line_unknown",
                $"There is no line of {unknown}.",
                "See the lines: orc get lines"
            );
        }

        var window = new Window
        {
            Name = NextName(draft),
            Effect = WindowEffect.Deny,
            Services = asked.Services,
            Stages = asked.Stages,
            Zone = "UTC",
            Recurring = [],
            Dated = [],
            OnClose = WindowClosing.Halt,
            Reason = asked.Reason,
            HaltedBy = asked.Actor,
            Periods = [new Period(now, now + asked.Within ?? DateTimeOffset.MaxValue)],
            KnownUntil = DateTimeOffset.MaxValue,
        };
        draft.Windows.Put(window.Name, window);
        draft.Record(now, asked.Actor, "window.halted", window.Name.Value, $"{Scope(window)}: {asked.Reason}");
        return new CellAnswer.Accepted(
            window.Name.Value,
            $"{Scope(window)} {(asked.Services.Length == 1 ? "is" : "are")} halted: nothing departs, begins or goes on; what goes back goes on."
        );
    }

    public static CellAnswer Release(CellDraft draft, CellInput.ReleaseWindow asked, DateTimeOffset now)
    {
        if (!draft.Windows.TryGet(asked.Window, out var window))
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "window_unknown",
                $"There is no window {asked.Window}.",
                "See the windows: orc get windows"
            );
        }

        draft.Windows.Remove(window.Name);
        draft.Record(now, asked.Actor, "window.released", window.Name.Value, asked.Reason);
        return new CellAnswer.Accepted(window.Name.Value, $"{window.Name} is no more; what waited for it goes on.");
    }

    /// <summary>Halts that ended by themselves are forgotten.</summary>
    public static void Advance(CellDraft draft, DateTimeOffset now)
    {
        foreach (var window in draft.Windows.Rows.Where(window => window.HaltedBy is not null).ToList())
        {
            if (window.Periods.All(period => period.Until <= now))
            {
                draft.Windows.Remove(window.Name);
                draft.Record(now, CellMachine.Conductor, "window.released", window.Name.Value, "its time is over");
            }
        }
    }

    /// <summary>Why the train may not be at its next stage at that moment; null if it may.</summary>
    public static Closure? Closing(CellDraft draft, Train train, Stage stage, DateTimeOffset moment) =>
        draft.Windows.Count == 0 || IsBeyondWindows(train, moment)
            ? null
            : ServicesOf(draft, train)
                .Select(service => WindowCalendar.At(draft.Windows.Rows, service, stage.Name, moment))
                .FirstOrDefault(closure => closure is not null);

    /// <summary>Why the rollout may not go on at that moment; null if it may.</summary>
    public static Closure? Closing(CellDraft draft, Rollout rollout, DateTimeOffset moment) =>
        draft.Windows.Count == 0 || IsBeyondWindows(draft.Trains[TrainKey.Of(rollout.Id.Train)], moment)
            ? null
            : WindowCalendar.At(draft.Windows.Rows, rollout.Service, rollout.Stage.Name, moment);

    /// <summary>For people.</summary>
    public static string Scope(Window window)
    {
        var services = window.Services.IsEmpty ? "all lines" : string.Join(", ", window.Services);
        return window.Stages.IsEmpty ? services : $"{services} at {string.Join(", ", window.Stages)}";
    }

    private static bool IsBeyondWindows(Train train, DateTimeOffset moment) =>
        train.Order is { } order && (order.Purpose is TrainPurpose.Rollback || order.IsGlassBroken(moment));

    private static IEnumerable<ServiceName> ServicesOf(CellDraft draft, Train train) =>
        train.Cars.IsEmpty ? draft.Lines[train.Id.Line].Services : train.Cars.Select(car => car.Service);

    private static WindowName NextName(CellDraft draft)
    {
        var number = 1;
        WindowName name;
        do
        {
            name = WindowName.Parse(string.Create(CultureInfo.InvariantCulture, $"halt-{number++}"));
        } while (draft.Windows.TryGet(name, out _));

        return name;
    }
}
