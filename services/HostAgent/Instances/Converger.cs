using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Assignments;
using Orchestrator.HostAgent.Reporting;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// The one writer of this host's state: takes assignments and news of instances one by one, lets the machine decide, and
/// has the runner do it. What takes time runs beside the loop and comes back as news.
/// </summary>
internal sealed partial class Converger(
    string hostId,
    AssignmentFile file,
    InstanceRunner runner,
    ImageFetches images,
    ImageUse use,
    Reporter reporter,
    TimeProvider clock,
    ILogger<Converger> logger
)
{
    private readonly ConvergerInputs _inputs = new(clock);
    private readonly Dictionary<string, TrackedInstance> _instances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CancellationTokenSource> _starts = new(StringComparer.Ordinal);
    private readonly HashSet<Task> _running = [];
    private readonly long _origin = clock.GetTimestamp();
    private AssignHost? _held;

    private TimeSpan Now => clock.GetElapsedTime(_origin);

    /// <summary>Completes once the assignment is refused, or is on disk and under way. Either way a report follows.</summary>
    public Task<AssignmentAnswer> AssignAsync(AssignHost assignment, CancellationToken cancellationToken) =>
        _inputs.OfferAsync(assignment, cancellationToken);

    /// <summary>Takes over what the host had, then converges until it is cancelled.</summary>
    /// <param name="held">The assignment that is on disk, or null.</param>
    /// <param name="found">What this host has from before, by instance.</param>
    public async Task RunAsync(
        AssignHost? held,
        IReadOnlyDictionary<string, Adoptable> found,
        CancellationToken cancellationToken
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            _held = held;
            if (held is not null)
            {
                await NameImagesAsync(held);
            }

            await RestoreAsync(found, ending.Token);
            while (!cancellationToken.IsCancellationRequested)
            {
                reporter.Update(Snapshot());
                await _inputs.WaitAsync(UntilDue(), ending.Token);
                await HandleInputsAsync(ending.Token);
                await HandleDueAsync(ending.Token);
                await ObserveEndedAsync();
            }
        }
        finally
        {
            // What is under way must have ended before anybody else takes over this host; after a failure here nobody
            // else would tell it to.
            await ending.CancelAsync();
            await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _inputs.Close();
        }
    }

    private async Task NameImagesAsync(AssignHost assignment)
    {
        var ahead = assignment.Prefetch ?? [];
        use.Assign(assignment.Instances.Select(one => one.Image).Concat(ahead));
        await images.WishAsync(ahead);
    }

    private async Task RestoreAsync(IReadOnlyDictionary<string, Adoptable> found, CancellationToken cancellationToken)
    {
        var desired = (_held?.Instances ?? []).ToDictionary(one => one.InstanceId, StringComparer.Ordinal);
        LogRestored(_held?.Epoch ?? 0, _held?.Revision ?? 0, desired.Count, found.Count);
        foreach (var (instanceId, adoptable) in found)
        {
            var instance = TrackedInstance.New(instanceId) with { Desired = desired.GetValueOrDefault(instanceId) };
            await ApplyAsync(InstanceAdoption.Adopt(instance, adoptable, Now), cancellationToken);
        }

        await ConvergeAsync(desired, cancellationToken);
    }

    private async Task HandleInputsAsync(CancellationToken cancellationToken)
    {
        foreach (var input in _inputs.Take())
        {
            switch (input)
            {
                case ConvergerInput.Offered offered:
                    await TakeAsync(offered, cancellationToken);
                    break;
                case ConvergerInput.News(var instanceId, var @event):
                    await StepAsync(instanceId, @event, cancellationToken);
                    break;
                default:
                    throw new UnreachableException();
            }
        }
    }

    /// <summary>Null when nothing is due by itself. The clock is read once: read again it may be past that moment.</summary>
    private TimeSpan? UntilDue() =>
        _instances.Values.Select(instance => InstanceMachine.DueOf(instance.Phase)).Min() - Now;

    private async Task HandleDueAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        var due = _instances.Values.Where(instance => InstanceMachine.DueOf(instance.Phase) <= now).ToList();
        foreach (var instance in due)
        {
            await StepAsync(instance.InstanceId, new InstanceEvent.Tick(), cancellationToken);
        }
    }

    private async Task TakeAsync(ConvergerInput.Offered offered, CancellationToken cancellationToken)
    {
        var answer = AssignmentRule.Answer(hostId, _held, offered.Assignment);
        try
        {
            if (answer is AssignmentAnswer.Refused(var reason))
            {
                LogRefused(offered.Assignment.Epoch, offered.Assignment.Revision, reason);
            }
            else
            {
                await file.WriteAsync(offered.Assignment, cancellationToken);
                _held = offered.Assignment;
                await NameImagesAsync(_held);
                await ConvergeAsync(
                    offered.Assignment.Instances.ToDictionary(one => one.InstanceId, StringComparer.Ordinal),
                    cancellationToken
                );
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is full or gone. What runs runs on; the bus brings the assignment again.
            LogNotWritten(offered.Assignment.Epoch, offered.Assignment.Revision, e.Message);
            offered.Answer.TrySetException(e);
            return;
        }

        reporter.Update(Snapshot());
        reporter.Request();
        offered.Answer.TrySetResult(answer);
    }

    private async Task ConvergeAsync(Dictionary<string, AssignedInstance> desired, CancellationToken cancellationToken)
    {
        foreach (var instanceId in _instances.Keys.Union(desired.Keys, StringComparer.Ordinal).ToList())
        {
            await StepAsync(
                instanceId,
                new InstanceEvent.Assigned(desired.GetValueOrDefault(instanceId)),
                cancellationToken
            );
        }
    }

    private async Task StepAsync(string instanceId, InstanceEvent @event, CancellationToken cancellationToken)
    {
        var instance = _instances.GetValueOrDefault(instanceId);
        if (instance is null && @event is not InstanceEvent.Assigned)
        {
            return; // Late news of one that is gone.
        }

        await ApplyAsync(
            InstanceMachine.Step(instance ?? TrackedInstance.New(instanceId), @event, Now),
            cancellationToken
        );
    }

    private async Task ApplyAsync(InstanceStep step, CancellationToken cancellationToken)
    {
        var instanceId = step.Instance.InstanceId;
        if (
            step.Instance.Phase is InstancePhase.Stopping { HasFailed: true, Exit: null, Reason: var reason }
            && _instances.GetValueOrDefault(instanceId)?.Phase is not InstancePhase.Stopping
        )
        {
            LogFailed(instanceId, reason);
        }

        if (step.Instance.Phase is InstancePhase.Gone)
        {
            _instances.Remove(instanceId);
            runner.Forget(instanceId);
        }
        else
        {
            _instances[instanceId] = step.Instance;
        }

        foreach (var effect in step.Effects)
        {
            await DoAsync(instanceId, effect, cancellationToken);
        }
    }

    private async Task DoAsync(string instanceId, InstanceEffect effect, CancellationToken cancellationToken)
    {
        switch (effect)
        {
            case InstanceEffect.CancelStart:
                if (_starts.TryGetValue(instanceId, out var start))
                {
                    await start.CancelAsync();
                }

                break;
            case InstanceEffect.RememberReady:
                // Here and not beside the loop: it must not write while a stop deletes.
                await runner.RememberReadyAsync(instanceId, cancellationToken);
                break;
            case InstanceEffect.RememberExit ended:
                // Before the report tells of it.
                await runner.RememberExitAsync(ended, cancellationToken);
                break;
            default:
                _running.Add(
                    ComeBackAsync(instanceId, Begin(instanceId, effect, cancellationToken), cancellationToken)
                );
                break;
        }
    }

    private Task<InstanceEvent> Begin(string instanceId, InstanceEffect effect, CancellationToken cancellationToken)
    {
        switch (effect)
        {
            case InstanceEffect.Start start:
                var wanted = new CancellationTokenSource();
                _starts.Remove(instanceId, out var earlier);
                earlier?.Dispose();
                _starts[instanceId] = wanted;
                return runner.StartAsync(start, wanted.Token, cancellationToken);
            case InstanceEffect.Stop stop:
                return runner.StopAsync(instanceId, stop, cancellationToken);
            case InstanceEffect.Watch(var attempt):
                return runner.WatchAsync(instanceId, attempt, cancellationToken);
            case InstanceEffect.Probe probe:
                return runner.ProbeAsync(instanceId, probe, cancellationToken);
            case InstanceEffect.ProbeLife probe:
                return runner.ProbeLifeAsync(instanceId, probe, cancellationToken);
            default:
                throw new UnreachableException();
        }
    }

    private async Task ComeBackAsync(
        string instanceId,
        Task<InstanceEvent> work,
        CancellationToken cancellationToken
    ) => await _inputs.TellAsync(instanceId, await work, cancellationToken);

    /// <summary>One that failed has met a bug: it ends the agent instead of leaving an instance waiting for ever.</summary>
    private async Task ObserveEndedAsync()
    {
        foreach (var ended in _running.Where(task => task.IsCompleted).ToList())
        {
            _running.Remove(ended);
            await ended;
        }
    }

    private HostSnapshot Snapshot() => HostSnapshot.Of(_held?.Epoch ?? 0, _held?.Revision ?? 0, _instances.Values);

    [LoggerMessage(
        LogLevel.Information,
        "Restored epoch {Epoch}, revision {Revision}: {Assigned} instances assigned, {Found} found on the host."
    )]
    private partial void LogRestored(long epoch, long revision, int assigned, int found);

    [LoggerMessage(LogLevel.Warning, "{InstanceId} failed and will be started again: {Reason}")]
    private partial void LogFailed(string instanceId, string reason);

    [LoggerMessage(LogLevel.Warning, "Refused epoch {Epoch}, revision {Revision}: {Reason}.")]
    private partial void LogRefused(long epoch, long revision, string reason);

    [LoggerMessage(LogLevel.Error, "Epoch {Epoch}, revision {Revision} could not be written down: {Reason}")]
    private partial void LogNotWritten(long epoch, long revision, string reason);
}
