using System.Diagnostics;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>Stops and takes away, whoever else may be at it and however Garden words that.</summary>
internal sealed class GardenEnding(GardenClient client, GardenStreams streams)
{
    /// <summary>After SIGKILL only the kernel and Garden are left to wait for; Garden takes a second.</summary>
    public static readonly TimeSpan KillDeadline = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan DestroyDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DestroyPollInterval = TimeSpan.FromMilliseconds(100);

    public async Task StopAsync(string handle, GardenWatch watch, TimeSpan grace, CancellationToken cancellationToken)
    {
        await watch.AttachedAsync(cancellationToken);
        if (watch.Ended.IsCompleted)
        {
            return;
        }

        try
        {
            // Garden's own gentle stop has a grace of its own that nobody can change.
            await streams.SignalAsync(handle, GardenRequests.MainProcess, GardenSignal.Terminate, cancellationToken);
            if (await watch.EndsWithinAsync(grace, cancellationToken))
            {
                return;
            }

            // Also for one that has ended: as long as a child of it holds its output, Garden does not tell that it did.
            await client.KillAsync(handle, cancellationToken);
        }
        catch (RuntimeFailedException e) when (GardenRefusedException.IsMissingReasonOf(e))
        {
            // It went meanwhile, and the watch will see that.
        }
        catch (RuntimeFailedException) when (watch.Ended.IsCompleted)
        {
            return; // Garden closed the connection because there is nothing more to signal.
        }

        if (!await watch.EndsWithinAsync(KillDeadline, cancellationToken))
        {
            throw new RuntimeFailedException("It did not end after SIGKILL.");
        }
    }

    /// <summary>Garden may be at it already, or may say anything of what it has just lost: only its absence counts.</summary>
    public async Task DestroyAsync(string handle, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await client.DestroyAsync(handle, cancellationToken);
                return;
            }
            catch (RuntimeFailedException e) when (GardenRefusedException.IsMissingReasonOf(e))
            {
                return;
            }
            catch (RuntimeFailedException e)
                when (GardenRefusedException.IsReasonOf(e) && Stopwatch.GetElapsedTime(started) < DestroyDeadline)
            {
                await Task.Delay(DestroyPollInterval, cancellationToken);
            }
        }
    }
}
