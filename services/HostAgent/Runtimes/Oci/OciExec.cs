using System.Diagnostics;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>Runs programs in containers that run: in their namespaces and control group, with their user and environment.</summary>
internal static class OciExec
{
    /// <exception cref="RuntimeFailedException">The container does not run, or has no such program.</exception>
    public static async Task<int> RunAsync(
        OciTools tools,
        string containerId,
        ContainerExec exec,
        CancellationToken cancellationToken
    )
    {
        // Not in the container's own directory, which may be removed meanwhile and must not come back.
        var log = Path.Combine(tools.ExecDirectory, $"{Guid.NewGuid():N}.log");
        try
        {
            var start = new ProcessStartInfo(
                tools.Crun,
                [.. tools.GlobalArguments(containerId), $"--log=file:{log}", "exec", containerId, .. exec.Arguments]
            );
            var code = await PipedProcess.RunAsync(start, exec, cancellationToken);
            // Crun's own failures have exit codes that a program may have too; only they come with a log.
            return ReadFailure(log) is { } failure ? throw new RuntimeFailedException(failure) : code;
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static string? ReadFailure(string log) =>
        File.Exists(log) && File.ReadAllText(log).Trim() is { Length: > 0 } text ? text : null;
}
