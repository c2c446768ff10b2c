using System.Collections.Immutable;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Trains;

namespace Orchestrator.ControlPlane.Timetabling;

/// <summary>
/// Tells the cell when each line's next train departs: after a change of the lines or trains, when Quartz wakes it, and
/// every few seconds anyway. What it tells follows from the cell and the clock alone, so telling it twice, or late,
/// changes nothing.
/// </summary>
internal sealed partial class LineTimer(Conductor conductor, TimeProvider clock, ILogger<LineTimer> logger)
    : IDisposable
{
    /// <summary>How late a departure is announced at most when every wake-up is lost.</summary>
    public static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(3);

    /// <summary>Questions at a time: half the inbox's batch, so that people get theirs in between.</summary>
    private const int MaxAsked = 500;

    private readonly Signal _woken = new();

    /// <summary>What each line was last told under, to notice that its timetable was changed.</summary>
    private ImmutableDictionary<ServiceName, Timetable> _told = ImmutableDictionary<ServiceName, Timetable>.Empty;

    /// <summary>What is to be told: lines that no train boards for, and lines whose timetable was changed.</summary>
    public static ImmutableArray<CellInput.LineTimed> Due(
        Cell cell,
        IReadOnlyDictionary<ServiceName, Timetable> told,
        DateTimeOffset now
    )
    {
        var ahead = cell
            .Trains.Values.Where(train => train.DepartsAt > now && train.EndedAt is null)
            .ToLookup(train => train.Id.Line);
        var due = ImmutableArray.CreateBuilder<CellInput.LineTimed>();
        foreach (var line in cell.Lines.Values)
        {
            var isChanged = told.GetValueOrDefault(line.Service) != line.Timetable;
            var isBoarding = ahead[line.Service].Any(train => train.Phase is TrainPhase.Boarding);
            if ((isChanged || !isBoarding) && NextSlot(line, ahead[line.Service], now) is { } departure)
            {
                due.Add(new CellInput.LineTimed(line.Service, departure));
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
        _told = _told.Clear();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await wakeUps.StartAsync(cancellationToken);
        var watching = WatchAsync(over.Token);
        try
        {
            ImmutableSortedDictionary<ServiceName, Line>? set = null;
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

    /// <summary>The slot after those that sealed trains have: what is published after a cut-off boards the train after.</summary>
    private static DateTimeOffset? NextSlot(Line line, IEnumerable<Train> ahead, DateTimeOffset now) =>
        Departures.After(
            line.Timetable,
            ahead
                .Where(train => train.Phase is not TrainPhase.Boarding)
                .Select(train => train.DepartsAt)
                .Append(now)
                .Max()
        );

    private async Task TellAsync(Cell cell, CancellationToken cancellationToken)
    {
        foreach (var due in Due(cell, _told, clock.GetUtcNow()).Chunk(MaxAsked))
        {
            await Task.WhenAll(due.Select(timed => conductor.AskAsync(timed, cancellationToken)));
            LogTold(due.Length);
        }

        _told = cell.Lines.ToImmutableDictionary(line => line.Key, line => line.Value.Timetable);
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
            )
            {
                _woken.Set();
            }

            seen = view;
        }
    }

    [LoggerMessage(LogLevel.Debug, "Told {Count} lines their next departure")]
    private partial void LogTold(int count);
}
