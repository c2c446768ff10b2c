using System.Diagnostics;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>Stops containers and takes them away, however far they have come and whoever else is at it.</summary>
internal sealed class RktEnding(RktCommands rkt, RktPods pods, RktProcesses processes, ExitWatch exits)
{
    /// <summary>The copy of the output ends with the last who holds it, and needs a moment to write what it has read.</summary>
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(1);

    public async Task StopAsync(RktContainer container, ContainerStop stop, CancellationToken cancellationToken)
    {
        var files = container.Files;
        // Without a supervisor rkt is not asked: it may still have the number of a process that is somebody else's by now.
        if (files.FindSupervisor() is { } supervisor && files.ReadPod() is { } pod)
        {
            // It fails when the pod has just ended, which is what it is for; the wait decides.
            if (stop.Signal == Libc.SignalTerminate || processes.FirstOf(supervisor, pod) is not { } first)
            {
                await rkt.TryAsync(["stop", pod], cancellationToken);
            }
            else
            {
                Libc.TrySignal(first, stop.Signal); // Which rkt cannot.
            }

            if (!await exits.EndsWithinAsync(supervisor, stop.Grace, cancellationToken))
            {
                await rkt.TryAsync(["stop", "--force", pod], cancellationToken);
            }
        }

        // What its first process left behind, and the first one too if rkt could not be moved to kill it.
        await processes.KillAsync(() => processes.Inside(container), cancellationToken);
        if (
            files.FindSupervisor() is { } left
            && !await exits.EndsWithinAsync(left, RktProcesses.KillDeadline, cancellationToken)
        )
        {
            throw new RuntimeFailedException("It did not end after SIGKILL.");
        }
    }

    public async Task RemoveAsync(RktContainer container, CancellationToken cancellationToken)
    {
        if (!container.Files.Exists)
        {
            if (RktPod.IsName(container.Files.ContainerId))
            {
                // One whose container nobody knows any more; so nobody knows either who runs in it.
                await pods.RemoveAsync(container.Files.ContainerId, cancellationToken);
            }

            return;
        }

        container.Files.TakeClaim();
        await processes.KillAsync(() => processes.Inside(container), cancellationToken);
        await DrainAsync(container, cancellationToken);
        await processes.KillAsync(() => processes.Of(container), cancellationToken);
        foreach (var pod in await pods.OfAsync(container.Files, cancellationToken))
        {
            await pods.RemoveAsync(pod, cancellationToken);
        }

        container.Cgroup.Remove();
        container.Files.Delete(); // Last: as long as it is there, the container is listed.
    }

    public async Task CutPowerAsync(IReadOnlyList<RktContainer> containers, CancellationToken cancellationToken)
    {
        // Supervisors first, for without power nobody writes an exit code.
        foreach (var supervisor in containers.Select(one => one.Files.FindSupervisor()).OfType<ProcessIdentity>())
        {
            Libc.TrySignal(supervisor.Id, Libc.SignalKill);
        }

        await processes.KillAsync(processes.OfAll, cancellationToken);
        foreach (var container in containers)
        {
            await processes.KillAsync(() => processes.Inside(container), cancellationToken);
            container.Cgroup.Remove(); // They live in memory.
        }
    }

    /// <summary>Gives those outside the pod a moment to write down what they have: the log, the exit code.</summary>
    private async Task DrainAsync(RktContainer container, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var process in processes.Of(container))
        {
            var left = DrainDeadline - Stopwatch.GetElapsedTime(started);
            await exits.EndsWithinAsync(process, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
        }
    }
}
