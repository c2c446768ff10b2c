using System.Text;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Processes;

/// <summary>The processes that a container's first process has started and that stayed in its session.</summary>
internal static class SessionProcesses
{
    /// <summary>A process may fork while it is killed; whoever outruns this many rounds is a fork bomb.</summary>
    private const int MaxRounds = 20;

    /// <summary>Kills the leader and its session; nothing if all have ended.</summary>
    public static void Kill(ProcessIdentity leader, string containerId)
    {
        if (leader.IsAlive)
        {
            Libc.TrySignal(-leader.Id, Libc.SignalKill);
            Libc.TrySignal(leader.Id, Libc.SignalKill);
        }

        for (var round = 0; round < MaxRounds; round++)
        {
            var members = Members(leader, containerId);
            if (members.Count == 0)
            {
                return;
            }

            foreach (var member in members)
            {
                Libc.TrySignal(member, Libc.SignalKill);
            }
        }
    }

    public static IReadOnlyList<int> Members(ProcessIdentity leader, string containerId) =>
        [.. ProcessIdentity.InSession(leader.Id).Where(id => BelongsTo(id, containerId))];

    /// <summary>The session's number may be used again by now, so a member must also carry the container's name.</summary>
    private static bool BelongsTo(int processId, string containerId)
    {
        try
        {
            var content = File.ReadAllBytes(ProcessIdentity.PathOf(processId, "environ"));
            var variables = Encoding.UTF8.GetString(content).Split('\0');
            return variables.Contains($"{ProcessCommand.ContainerVariable}={containerId}", StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // It ended, or it is another user's: not one of ours.
        }
    }
}
