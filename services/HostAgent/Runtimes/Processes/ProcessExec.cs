using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Processes;

/// <summary>Runs programs beside a process, with its environment and working directory.</summary>
internal static class ProcessExec
{
    /// <exception cref="RuntimeFailedException">It has ended, or there is no such program.</exception>
    public static async Task<int> RunAsync(
        ProcessIdentity leader,
        ContainerExec exec,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await PipedProcess.RunAsync(StartOf(leader, exec), exec, cancellationToken);
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new RuntimeFailedException(e.Message, e);
        }
    }

    private static ProcessStartInfo StartOf(ProcessIdentity leader, ContainerExec exec)
    {
        var start = new ProcessStartInfo(exec.Arguments[0], exec.Arguments.Skip(1))
        {
            WorkingDirectory =
                File.ResolveLinkTarget(ProcessIdentity.PathOf(leader.Id, "cwd"), returnFinalTarget: false)?.FullName
                ?? "/",
        };
        start.Environment.Clear();
        var variables = Encoding.UTF8.GetString(File.ReadAllBytes(ProcessIdentity.PathOf(leader.Id, "environ")));
        foreach (var variable in variables.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var cut = variable.IndexOf('=', StringComparison.Ordinal);
            start.Environment[cut < 0 ? variable : variable[..cut]] = cut < 0 ? "" : variable[(cut + 1)..];
        }

        return start;
    }
}
