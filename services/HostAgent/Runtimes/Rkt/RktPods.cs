using System.Diagnostics;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>The pods in our data directory, and whose they are.</summary>
internal sealed class RktPods(RktCommands rkt, RktProcesses processes)
{
    /// <summary>Who holds a pod is killed first; only the kernel and another rkt are left to wait for.</summary>
    private static readonly TimeSpan RemoveDeadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan RemovePollInterval = TimeSpan.FromMilliseconds(100);

    private const string Aborted = "aborted prepare";

    public async Task<IReadOnlyList<RktPod>> ListAsync(CancellationToken cancellationToken) =>
        RktPod.ParseList(await rkt.AskAsync(["list", "--format=json"], cancellationToken));

    /// <summary>Null if there is none of this name.</summary>
    public async Task<RktPod?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var status = await rkt.TryAsync(["status", "--format=json", name], cancellationToken);
        if (status.HasSucceeded)
        {
            return RktPod.Parse(status.Output);
        }

        return RktCommands.IsNoSuchPod(status) ? null : throw RktCommands.Refused("status", status);
    }

    /// <summary>
    /// Those that belong to none of the containers. What is just being prepared, or was given up half-way, tells nothing
    /// of itself; as long as a container waits for its pod it may be that.
    /// </summary>
    public static IEnumerable<RktPod> WithoutOwner(IReadOnlyList<RktPod> pods, IReadOnlyList<RktFiles> containers)
    {
        var known = containers.Select(files => files.AppName).ToHashSet(StringComparer.Ordinal);
        var named = containers.Select(files => files.ReadPod()).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var isSomeoneWaiting = named.Count < containers.Count;
        return pods.Where(pod =>
            !known.Contains(pod.App)
            && !named.Contains(pod.Name)
            && !pod.IsBeingPrepared
            && !(isSomeoneWaiting && pod.State == Aborted)
        );
    }

    /// <summary>
    /// Those that a container has: the one that was written down, else what rkt knows by its app; and whatever was given
    /// up half-way, by whomever, since it serves nobody.
    /// </summary>
    public async Task<IReadOnlyList<string>> OfAsync(RktFiles files, CancellationToken cancellationToken) =>
        files.ReadPod() is { } name
            ? [name]
            :
            [
                .. (await ListAsync(cancellationToken))
                    .Where(pod => pod.App == files.AppName || pod.State == Aborted)
                    .Select(pod => pod.Name),
            ];

    /// <summary>With all that still runs in it, until it is gone.</summary>
    /// <exception cref="RuntimeFailedException">It does not go.</exception>
    public async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            // Each time: what was not yet in the pod may be by now.
            await processes.KillAsync(() => processes.InPod(name), cancellationToken);
            var removed = await rkt.TryAsync(["rm", name], cancellationToken);
            if (removed.HasSucceeded || RktCommands.IsNoSuchPod(removed))
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(started) > RemoveDeadline)
            {
                throw RktCommands.Refused("rm", removed);
            }

            await Task.Delay(RemovePollInterval, cancellationToken);
        }
    }
}
