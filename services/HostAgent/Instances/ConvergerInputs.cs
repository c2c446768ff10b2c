using System.Threading.Channels;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Assignments;

namespace Orchestrator.HostAgent.Instances;

/// <summary>What the converger is told, in order. Each instance has few things under way; whoever has more to tell waits
/// until there is room.</summary>
internal sealed class ConvergerInputs(TimeProvider clock)
{
    public const int Capacity = 1024;

    private readonly Channel<ConvergerInput> _inputs = Channel.CreateBounded<ConvergerInput>(
        new BoundedChannelOptions(Capacity) { SingleReader = true }
    );

    private Task<bool>? _next;

    /// <summary>Completes with what the converger answers.</summary>
    /// <exception cref="ChannelClosedException">Nobody decides any more.</exception>
    public async Task<AssignmentAnswer> OfferAsync(AssignHost assignment, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<AssignmentAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _inputs.Writer.WriteAsync(new ConvergerInput.Offered(assignment, answer), cancellationToken);
        return await answer.Task.WaitAsync(cancellationToken);
    }

    public ValueTask TellAsync(string instanceId, InstanceEvent news, CancellationToken cancellationToken) =>
        _inputs.Writer.WriteAsync(new ConvergerInput.News(instanceId, news), cancellationToken);

    /// <summary>Until there is something to take, or the time is over; null waits for as long as it takes.</summary>
    /// <remarks>For one reader.</remarks>
    public async Task WaitAsync(TimeSpan? most, CancellationToken cancellationToken)
    {
        _next ??= _inputs.Reader.WaitToReadAsync(cancellationToken).AsTask();
        if (most is not { } wait)
        {
            await _next;
        }
        else if (wait > TimeSpan.Zero)
        {
            using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_next, Task.Delay(wait, clock, awake.Token));
            await awake.CancelAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_next.IsCompleted)
        {
            _next = null;
        }
    }

    /// <summary>What is there already, and no more than fits: news in a torrent must not keep what is due from being done.</summary>
    public IEnumerable<ConvergerInput> Take()
    {
        for (var taken = 0; taken < Capacity && _inputs.Reader.TryRead(out var input); taken++)
        {
            yield return input;
        }
    }

    /// <summary>Nobody decides any more: the bus keeps what was offered for whoever takes over.</summary>
    public void Close()
    {
        _inputs.Writer.TryComplete();
        while (_inputs.Reader.TryRead(out var input))
        {
            if (input is ConvergerInput.Offered offered)
            {
                offered.Answer.TrySetException(new ChannelClosedException());
            }
        }
    }
}
