using System.Diagnostics;
using System.Globalization;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>Runs programs in containers that run: in their namespaces and control group, with their user and environment.</summary>
internal static class OciExec
{
    /// <exception cref="RuntimeFailedException">The container does not run, or has no such program.</exception>
    public static async Task<int> RunAsync(
        OciTools tools,
        ContainerFiles files,
        ContainerExec exec,
        CancellationToken cancellationToken
    )
    {
        var own = Path.Combine(files.Directory, $"exec-{Guid.NewGuid():N}");
        Directory.CreateDirectory(own);
        var (pid, log) = (Path.Combine(own, "pid"), Path.Combine(own, "log"));
        try
        {
            var start = new ProcessStartInfo(
                tools.Crun,
                [
                    .. tools.GlobalArguments(),
                    $"--log=file:{log}",
                    "exec",
                    "--pid-file",
                    pid,
                    files.ContainerId,
                    .. exec.Arguments,
                ]
            );
            var code = await PipedProcess.RunAsync(start, exec, cancellationToken);
            // Crun's own failures have exit codes that a program may have too; only they come with a log.
            return ReadFailure(log) is { } failure
                ? throw new RuntimeFailedException($"It could not be run: {failure}")
                : code;
        }
        catch (OperationCanceledException)
        {
            Kill(pid);
            throw;
        }
        finally
        {
            if (Directory.Exists(own))
            {
                Directory.Delete(own, recursive: true);
            }
        }
    }

    private static string? ReadFailure(string log) =>
        File.Exists(log) && File.ReadAllText(log).Trim() is { Length: > 0 } text ? text : null;

    /// <summary>It is no child of the crun that is killed with us.</summary>
    private static void Kill(string pidFile)
    {
        if (
            File.Exists(pidFile)
            && int.TryParse(
                File.ReadAllText(pidFile),
                NumberStyles.Integer,
                CultureInfo.InvariantCulture,
                out var processId
            )
        )
        {
            Libc.TrySignal(processId, Libc.SignalKill);
        }
    }
}
