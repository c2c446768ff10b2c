using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;

namespace Orchestrator.Cli.Following;

/// <summary>How a command waits: it asks again each second until its deadline, and sits out a control plane that restarts.</summary>
internal sealed class Pace(TimeProvider time, Output output, TimeSpan? timeout)
{
    /// <summary>A leader that dies is replaced within seconds; after a minute somebody should look.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly DateTimeOffset _deadline = timeout is { } limit
        ? time.GetUtcNow() + limit
        : DateTimeOffset.MaxValue;

    public DateTimeOffset Now => time.GetUtcNow();

    public bool IsOver => Now >= _deadline;

    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Interval, time, cancellationToken);

    /// <summary>Reads once, however often that takes while the control plane is away.</summary>
    public async Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var since = Now;
        var hasSaid = false;
        while (true)
        {
            try
            {
                return await read(cancellationToken);
            }
            catch (Exception exception) when (IsOutage(exception) && !IsOver && Now - since < Patience)
            {
                if (!hasSaid)
                {
                    output.Warn($"{exception.Message} Waiting for it to come back.");
                    hasSaid = true;
                }

                await WaitAsync(cancellationToken);
            }
        }
    }

    private static bool IsOutage(Exception exception) =>
        exception is UnreachableAddressException or ApiProblemException { IsTransient: true };
}
