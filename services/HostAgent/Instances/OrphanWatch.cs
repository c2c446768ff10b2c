using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// Takes away containers that no record tells of. A daemon goes on with what an agent asked of it that is dead by now, so
/// one may appear after the next agent has looked round: it is looked for soon after a start, and ever more seldom.
/// </summary>
internal sealed partial class OrphanWatch(
    IContainerRuntime runtime,
    InstanceRecords records,
    TimeProvider clock,
    ILogger<OrphanWatch> logger
)
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(1);

    /// <summary>What had no record the last time.</summary>
    private HashSet<string> _before = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var interval = FirstInterval;
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(interval, clock, cancellationToken);
            try
            {
                await SweepAsync(cancellationToken);
            }
            catch (Exception e) when (InstanceRunner.IsOfTheWorld(e))
            {
                LogNotSwept(e.Message);
            }

            interval = interval * 2 < MaxInterval ? interval * 2 : MaxInterval;
        }
    }

    /// <summary>
    /// Takes away what had no record the last time either: what is just being made or removed, a runtime may tell by another name.
    /// </summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        // Before the records, which are written before their containers are made and deleted after those.
        var containers = await runtime.ListAsync(cancellationToken);
        var known = records.All.Values.Select(record => record.ContainerId).ToHashSet(StringComparer.Ordinal);
        var orphans = containers.Where(id => !known.Contains(id)).ToHashSet(StringComparer.Ordinal);
        foreach (var orphan in orphans.Intersect(_before, StringComparer.Ordinal).ToList())
        {
            LogOrphan(orphan);
            await runtime.RemoveAsync(orphan, cancellationToken);
        }

        _before = orphans;
    }

    [LoggerMessage(LogLevel.Warning, "The container {ContainerId} belongs to no instance and is taken away.")]
    private partial void LogOrphan(string containerId);

    [LoggerMessage(LogLevel.Warning, "Containers that belong to no instance could not be looked for: {Reason}")]
    private partial void LogNotSwept(string reason);
}
