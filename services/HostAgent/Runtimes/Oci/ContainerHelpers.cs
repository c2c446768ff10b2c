using System.Text;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>
/// The processes that make and watch containers: the launch, conmon, and crun up to the moment when it becomes the
/// container's program. Files tell of them only once they are that far; their command lines do from the beginning.
/// </summary>
internal static class ContainerHelpers
{
    /// <summary>Each may start the next before it is killed; the chain has four links.</summary>
    private const int MaxRounds = 20;

    /// <param name="isContainer">Whether an argument is the process id file of a container that is meant.</param>
    public static IReadOnlyList<ProcessIdentity> Find(Func<string, bool> isContainer) =>
        [
            .. ProcessIdentity
                .AllIds()
                .Where(processId => ReadArguments(processId).Any(isContainer))
                .Select(ProcessIdentity.Of)
                .OfType<ProcessIdentity>(),
        ];

    /// <summary>Until none is left.</summary>
    /// <exception cref="RuntimeFailedException">One does not end.</exception>
    public static async Task KillAsync(
        Func<string, bool> isContainer,
        ExitWatch exits,
        TimeSpan deadline,
        CancellationToken cancellationToken
    )
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var helpers = Find(isContainer);
            if (helpers.Count == 0)
            {
                return;
            }

            foreach (var helper in helpers)
            {
                Libc.TrySignal(helper.Id, Libc.SignalKill);
            }

            await Task.WhenAll(helpers.Select(helper => exits.EndsWithinAsync(helper, deadline, cancellationToken)));
        }

        throw new RuntimeFailedException("What makes the container does not end after SIGKILL.");
    }

    public static IReadOnlyList<string> ReadArguments(int processId)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(ProcessIdentity.PathOf(processId, "cmdline"))).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It ended meanwhile.
        }
    }
}
