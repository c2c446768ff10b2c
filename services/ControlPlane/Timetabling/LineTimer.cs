using System.Collections.Immutable;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Trains;

namespace Orchestrator.ControlPlane.Timetabling;

/// <summary>
/// Tells the cell when each line's next train departs and when windows are: after a change of the lines, trains or windows,
/// when Quartz wakes it, and every few seconds anyway. What it tells follows from the cell and the clock alone, so telling it twice, or late,
/// changes nothing.
/// </summary>
internal sealed partial class LineTimer(Conductor conductor, TimeProvider clock, ILogger<LineTimer> logger)
    : IDisposable
{
    /// <summary>How late a departure is announced at most when every wake-up is lost.</summary>
    public static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(3);

    /// <summary>Questions at a time: half the inbox's batch, so that people get theirs in between.</summary>
    private const int MaxAsked = 500;

    /// <summary>Slots in closed windows that are passed over in the search for an open one.</summary>
    private const int MaxClosings = 100;

    private readonly Signal _woken = new();

    /// <summary>What is to be told: lines whose boarding train departs at another time than their next, or that have none.</summary>
    public static ImmutableArray<CellInput.LineTimed> Due(Cell cell, DateTimeOffset now)
    {
        var ahead = cell
            .Trains.Values.Where(train => train.DepartsAt > now && train.EndedAt is null)
            .ToLookup(train => train.Id.Line);
        var due = ImmutableArray.CreateBuilder<CellInput.LineTimed>();
        foreach (var line in cell.Lines.Values)
        {
            var boarding = ahead[line.Name].FirstOrDefault(train => train.Phase is TrainPhase.Boarding);
            if (NextSlot(cell, line, ahead[line.Name], now) is { } departure && boarding?.DepartsAt != departure)
            {
                due.Add(new CellInput.LineTimed(line.Name, departure));
            }
        }

        return due.ToImmutable();
    }

    /// <summary>Safe to call from anywhere, any number of times.</summary>
    public void Wake() => _woken.Set();

    public void Dispose() => _woken.Dispose();

    /// <summary>Runs while this replica leads.</summary>
    public async Task RunAsync(WakeUps wakeUps, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await wakeUps.StartAsync(cancellationToken);
        var watching = WatchAsync(over.Token);
        try
        {
            ImmutableSortedDictionary<LineName, Line>? set = null;
            while (!cancellationToken.IsCancellationRequested)
            {
                var cell = conductor.Current.Cell;
                if (!ReferenceEquals(set, cell.Lines))
                {
                    await wakeUps.SetAsync([.. cell.Lines.Values], cancellationToken);
                    set = cell.Lines;
                }

                await TellAsync(cell, cancellationToken);
                await _woken.WaitAsync(CheckEvery, clock, cancellationToken);
            }
        }
        finally
        {
            await over.CancelAsync();
            await wakeUps.PauseAsync(CancellationToken.None);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// The first slot inside the windows after those that sealed trains have: what is published after a cut-off boards the
    /// train after. The first one of all where it is not known when windows open.
    /// </summary>
    private static DateTimeOffset? NextSlot(Cell cell, Line line, IEnumerable<Train> ahead, DateTimeOffset now)
    {
        var first = Departures.After(
            line.Timetable,
            ahead
                .Where(train => train.Phase is not TrainPhase.Boarding)
                .Select(train => train.DepartsAt)
                .Append(now)
                .Max()
        );
        var slot = first;
        for (var count = 0; count < MaxClosings && slot is { } departure; count++)
        {
            var opening = NextOpening(cell, line, departure);
            if (opening == departure)
            {
                return departure;
            }

            slot = opening is { } opens ? Departures.After(line.Timetable, opens - TimeSpan.FromTicks(1)) : null;
        }

        return first;
    }

    /// <summary>The moment itself if its first stage is open for all services of the line; null if nobody knows of one.</summary>
    private static DateTimeOffset? NextOpening(Cell cell, Line line, DateTimeOffset moment)
    {
        ImmutableArray<Window> windows = [.. cell.Windows.Values];
        var openings = line
            .Services.Select(service => WindowCalendar.NextOpening(windows, service, line.Route[0].Name, moment))
            .ToList();
        return openings.Contains(null) ? null : openings.Max();
    }

    private async Task TellAsync(Cell cell, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        CellInput[] due = [.. WindowPeriods.Due(cell, now), .. Due(cell, now)];
        foreach (var part in due.Chunk(MaxAsked))
        {
            await Task.WhenAll(part.Select(timed => conductor.AskAsync(timed, cancellationToken)));
            LogTold(part.Length);
        }
    }

    /// <summary>Sets the signal when lines or trains are others than those seen.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var seen = conductor.Current;
        while (!cancellationToken.IsCancellationRequested)
        {
            var view = await conductor.WaitForChangeAsync(seen.Version, cancellationToken);
            if (
                !ReferenceEquals(view.Cell.Lines, seen.Cell.Lines)
                || !ReferenceEquals(view.Cell.Trains, seen.Cell.Trains)
                || !ReferenceEquals(view.Cell.Windows, seen.Cell.Windows)
            )
            {
                _woken.Set();
            }

            seen = view;
        }
    }

    [LoggerMessage(LogLevel.Debug, "Told {Count} lines and windows their times")]
    private partial void LogTold(int count);
}
