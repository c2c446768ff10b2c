using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.HostAgent;

/// <summary>
/// Gives back what the agent does not need: the collector's first generation may grow to the size of the processor's
/// cache, which is tens of mebibytes, before it is looked at, and a host's memory is for instances.
/// </summary>
internal sealed class MemoryThrift(TimeProvider clock) : BackgroundService
{
    /// <summary>A collection takes about 20 ms.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>What a start has left behind need not wait so long.</summary>
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(10);

    [SuppressMessage("Reliability", "S1215", Justification = "Measured: a fifth of the resident memory.")]
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FirstInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            timer.Period = Interval;
        }
    }
}
