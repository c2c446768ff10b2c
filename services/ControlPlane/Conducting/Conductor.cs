using Orchestrator.ControlPlane.Hosting;
using Orchestrator.ControlPlane.Relay;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Conducting;

/// <summary>
/// The only writer of a cell, while it holds the cell's lease. It decides batch by batch and commits each batch as one
/// transaction; only then anybody hears of it. Whatever fails ends its leadership: its memory is dropped, and it begins
/// anew, under a new epoch, from what is stored.
/// </summary>
internal sealed partial class Conductor(
    Database database,
    OutboxRelay relay,
    ConductorSettings settings,
    TimeProvider clock,
    ILogger<Conductor> logger
) : IAsyncDisposable
{
    /// <summary>Time moves the cell on at least this often.</summary>
    public static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a request waits for somebody to lead, so that a restart is a pause and not a failure.</summary>
    public static readonly TimeSpan LeadWithin = TimeSpan.FromSeconds(3);

    /// <summary>How often a replica that does not lead tries to, and reads what the leader has stored.</summary>
    public static readonly TimeSpan FollowEvery = TimeSpan.FromSeconds(1);

    /// <summary>Asked by then, decided still: at a stop, this many batches are drained at most.</summary>
    private const int MaxDrainedBatches = 2 * Inbox.AskedCapacity / Inbox.MaxBatch;

    private readonly Inbox _inbox = new(clock);
    private readonly Views _views = new();
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private Task _running = Task.CompletedTask;
    private volatile Leadership? _leadership;
    private bool _isDisposed;

    public CellView Current => _views.Current;

    public bool IsLeading => Current.IsLeading;

    /// <summary>The first view newer than the one that was seen.</summary>
    public Task<CellView> WaitForChangeAsync(long seenVersion, CancellationToken cancellationToken) =>
        _views.WaitForChangeAsync(seenVersion, cancellationToken);

    /// <summary>The answer, once the decision is stored.</summary>
    /// <exception cref="ConductorUnavailableException">Nothing was decided.</exception>
    public async Task<CellAnswer> AskAsync(CellInput input, CancellationToken cancellationToken)
    {
        if (!IsLeading)
        {
            await WaitToLeadAsync(cancellationToken);
        }

        return await _inbox.AskAsync(input, cancellationToken);
    }

    /// <summary>For news that is lossy anyway; false if it was dropped.</summary>
    public bool TryTell(CellInput input) => IsLeading && _inbox.TryTell(input);

    /// <summary>Runs work whenever this replica leads, and cancels it when that ends. What fails is logged and tried again.</summary>
    public async Task WhileLeadingAsync(Func<Leadership, Task> work, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
        var view = Current;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (_leadership is not { Ended.IsCancellationRequested: false } leadership)
            {
                view = await WaitForChangeAsync(view.Version, cancellationToken);
                continue;
            }

            try
            {
                await work(leadership);
            }
            catch (OperationCanceledException) when (leadership.Ended.IsCancellationRequested)
            {
                backoff.Reset();
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogWorkFailed(exception);
                await Task.Delay(backoff.Next(), clock, cancellationToken);
            }
        }
    }

    public void Start() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Decides what was asked before, gives the lease back, and ends; at once when cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await using var aborting = cancellationToken.Register(_aborting.Cancel);
        await _running;
    }

    /// <summary>Without a stop before, it leaves everything as a crash would.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _aborting.CancelAsync();
        await StopAsync(CancellationToken.None);
        _stopping.Dispose();
        _aborting.Dispose();
    }

    private async Task WaitToLeadAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(LeadWithin, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(
            late.Token,
            _stopping.Token,
            cancellationToken
        );
        try
        {
            for (var view = Current; !view.IsLeading; )
            {
                view = await WaitForChangeAsync(view.Version, over.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotLeading();
        }
    }

    private NotLeadingException NotLeading() => new($"This replica does not conduct the cell '{settings.Cell}' now.");

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            _inbox.Refuse(NotLeading());
            try
            {
                await LeadAsync(await AcquireAsync());
            }
            catch (OperationCanceledException)
            {
                // It was told to stop, or the leadership ended.
            }
            catch (LeaseLostException exception)
            {
                LogLeaseLost(exception.Message);
            }
            catch (Exception exception)
            {
                // The edge where everything ends that fails in a cell, be it the database or a bug: begin anew.
                LogFailed(exception);
                await Task.Delay(_backoff.Next(), clock, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Until the lease is free; shows what the leader stores meanwhile.</summary>
    private async Task<Lease> AcquireAsync()
    {
        while (true)
        {
            var lease = await Leases.AcquireAsync(
                database,
                settings.Cell,
                settings.Replica,
                settings.LeaseFor,
                _stopping.Token
            );
            if (lease is not null)
            {
                return lease;
            }

            _inbox.Refuse(NotLeading());
            var cell = await CellStore.LoadAsync(database, settings.Cell, _stopping.Token);
            _views.Show(Current with { Cell = cell, At = clock.GetUtcNow() }, isChanged: true);
            await Task.Delay(FollowEvery, clock, _stopping.Token);
        }
    }

    private async Task LeadAsync(Lease lease)
    {
        using var leadership = new Leadership(lease.Epoch, _aborting.Token);
        var renewing = LeaseRenewal.RunAsync(database, lease, leadership, clock, logger);
        try
        {
            var session = await CellSession.OpenAsync(database, lease, settings.Core, clock, leadership.Ended);
            _leadership = leadership;
            _views.Show(session.Opened, isChanged: true);
            LogLeading(settings.Cell, lease.Epoch);
            await ConductAsync(session, leadership);
        }
        finally
        {
            await leadership.EndAsync();
            _leadership = null;
            _views.Show(Current with { IsLeading = false }, isChanged: true);
            _inbox.Refuse(NotLeading());
            await renewing;
        }

        if (_stopping.IsCancellationRequested)
        {
            await Leases.ReleaseAsync(database, lease, _aborting.Token);
            LogStopped(settings.Cell);
        }
    }

    private async Task ConductAsync(CellSession session, Leadership leadership)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(leadership.Ended, _stopping.Token);
        var line = new CommitLine(session, Tell, leadership.Ended);
        try
        {
            while (!over.IsCancellationRequested)
            {
                if (!line.HasMore && !_inbox.HasAsked)
                {
                    await line.FlushAsync();
                }

                var batch =
                    line.HasMore || line.IsBusy
                        ? _inbox.TakeBatch()
                        : await _inbox.ReadBatchAsync(TickEvery, over.Token);
                await line.DecideAsync(batch);
            }

            for (var drained = 0; drained < MaxDrainedBatches && !leadership.Ended.IsCancellationRequested; drained++)
            {
                if (_inbox.TakeBatch() is not { Count: > 0 } batch)
                {
                    break;
                }

                await line.DecideAsync(batch);
            }
        }
        finally
        {
            await line.FlushAsync();
        }
    }

    /// <summary>Shows, answers and wakes, now that it is stored.</summary>
    private void Tell(List<Question> batch, Decided decided)
    {
        _views.Show(decided.View, decided.IsChanged);
        foreach (var (question, answer) in batch.Zip(decided.Decision.Answers))
        {
            question.Answer?.TrySetResult(answer);
        }

        if (decided.IsChanged)
        {
            _backoff.Reset();
            LogDecided(batch.Count, decided.Decision.Commands.Length);
        }

        if (!decided.Decision.Commands.IsEmpty)
        {
            relay.Wake();
        }
    }

    [LoggerMessage(LogLevel.Information, "Conducts cell {Cell} under epoch {Epoch}")]
    private partial void LogLeading(string cell, long epoch);

    [LoggerMessage(LogLevel.Information, "Gave cell {Cell} back")]
    private partial void LogStopped(string cell);

    [LoggerMessage(LogLevel.Warning, "Lost the lease: {Reason}")]
    private partial void LogLeaseLost(string reason);

    [LoggerMessage(LogLevel.Error, "Conducting failed; begins anew from what is stored")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "Work of the leader failed; tries again")]
    private partial void LogWorkFailed(Exception exception);

    [LoggerMessage(LogLevel.Debug, "Decided {Inputs} inputs, owing {Messages} messages")]
    private partial void LogDecided(int inputs, int messages);
}
