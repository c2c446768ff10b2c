using System.Text;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// The processes of our pods. Fly has no namespace whose end would take them all, so each is looked for by everything
/// that gives it away: the control group that it was born in, the pod that its root directory lies in, and a variable.
/// </summary>
internal sealed class RktProcesses(string host, string dataDirectory, ExitWatch exits)
{
    /// <summary>After SIGKILL only the kernel is left to wait for.</summary>
    public static readonly TimeSpan KillDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Each may start the next before it is killed; whoever outruns this many rounds is a fork bomb.</summary>
    private const int MaxRounds = 20;

    /// <summary>Those in the pod: the program and whatever it has started.</summary>
    public IReadOnlyList<ProcessIdentity> Inside(RktContainer container)
    {
        var pod = container.Files.ReadPod();
        return Find(id => pod is not null && IsInPod(id, $"/{pod}/"), container.Cgroup.Members());
    }

    /// <summary>As the other, of a pod whose container is not known; and the rkt that is about to become its program.</summary>
    public IReadOnlyList<ProcessIdentity> InPod(string pod) =>
        Find(id => IsInPod(id, $"/{pod}/") || IsRunning(id, pod), []);

    /// <summary>
    /// Whether the program has its own root directory already. Before that fly's enter would run programs on the machine's.
    /// </summary>
    public bool HasEntered(string pod) => ProcessIdentity.AllIds().Any(id => IsInPod(id, $"/{pod}/"));

    /// <summary>The program of a pod of fly, which its supervisor has started; null if it has not begun or has ended.</summary>
    public int? FirstOf(ProcessIdentity supervisor, string pod) =>
        ProcessIdentity.ChildrenOf(supervisor.Id).Cast<int?>().FirstOrDefault(id => IsInPod(id ?? 0, $"/{pod}/"));

    /// <summary>Those in the pod, and those that make, watch and log it.</summary>
    public IReadOnlyList<ProcessIdentity> Of(RktContainer container)
    {
        var pod = container.Files.ReadPod();
        return Find(
            id => HasMark(id, mark => mark == container.Mark) || (pod is not null && IsInPod(id, $"/{pod}/")),
            container.Cgroup.Members()
        );
    }

    /// <summary>Those of every pod of this host.</summary>
    public IReadOnlyList<ProcessIdentity> OfAll() =>
        Find(id => HasMark(id, mark => mark.StartsWith(host + "/", StringComparison.Ordinal)) || IsInPod(id, "/"), []);

    /// <summary>Until none is left.</summary>
    /// <exception cref="RuntimeFailedException">One does not end.</exception>
    public async Task KillAsync(Func<IReadOnlyList<ProcessIdentity>> find, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var found = find();
            if (found.Count == 0)
            {
                return;
            }

            foreach (var process in found)
            {
                Libc.TrySignal(process.Id, Libc.SignalKill);
            }

            await Task.WhenAll(found.Select(one => exits.EndsWithinAsync(one, KillDeadline, cancellationToken)));
        }

        throw new RuntimeFailedException("What is in the pod does not end after SIGKILL.");
    }

    private static List<ProcessIdentity> Find(Func<int, bool> isMeant, IReadOnlyList<int> members) =>
        [
            .. ProcessIdentity
                .AllIds()
                .Where(isMeant)
                .Union(members)
                .Where(id => id != Environment.ProcessId)
                .Select(ProcessIdentity.Of)
                .OfType<ProcessIdentity>(),
        ];

    private bool IsInPod(int processId, string part)
    {
        try
        {
            var root = new FileInfo(ProcessIdentity.PathOf(processId, "root")).LinkTarget;
            return root is not null
                && root.StartsWith(dataDirectory + "/pods/", StringComparison.Ordinal)
                && root.Contains(part, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // It ended meanwhile.
        }
    }

    private static bool IsRunning(int processId, string pod)
    {
        var arguments = ReadTexts(processId, "cmdline");
        return arguments.Contains("run-prepared", StringComparer.Ordinal)
            && arguments.Contains(pod, StringComparer.Ordinal);
    }

    private static bool HasMark(int processId, Func<string, bool> isMeant)
    {
        const string begin = RktCommands.MarkVariable + "=";
        return Array.Exists(
            ReadTexts(processId, "environ"),
            text => text.StartsWith(begin, StringComparison.Ordinal) && isMeant(text[begin.Length..])
        );
    }

    private static string[] ReadTexts(int processId, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(ProcessIdentity.PathOf(processId, file))).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It ended meanwhile.
        }
    }
}
