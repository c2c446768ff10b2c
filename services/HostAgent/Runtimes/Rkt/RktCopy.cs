using System.Globalization;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// Puts files into pods. Rkt has no command for it, and where a pod's files are differs from stage1 to stage1, so the
/// image's own programs write them: whatever links there are lead nowhere but where the pod itself may write.
/// </summary>
internal static class RktCopy
{
    /// <summary>Arguments: the path, the mode.</summary>
    private const string Script = """
        set -e
        trap 'rm -f "$1.orc-new" 2>/dev/null || :' EXIT
        cat >"$1.orc-new"
        chmod "$2" "$1.orc-new"
        [ ! -d "$1" ]
        mv -f "$1.orc-new" "$1"
        """;

    private const int MaxToldBytes = 1024;

    /// <param name="run">Runs a program in the pod.</param>
    public static async Task RunAsync(
        Func<ContainerExec, CancellationToken, Task<int>> run,
        ContainerFile file,
        CancellationToken cancellationToken
    )
    {
        await using var errors = new BoundedBuffer(MaxToldBytes);
        var mode = Convert.ToString((int)file.Mode, toBase: 8).PadLeft(4, '0');
        var exec = new ContainerExec
        {
            Arguments = [RktExec.Shell, "-c", Script, "copy", file.Path, mode],
            Input = file.Content,
            Output = Stream.Null,
            Errors = errors,
        };
        if (await run(exec, cancellationToken) is not 0 and var code)
        {
            throw new RuntimeFailedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{file.Path}' cannot be written: {(errors.ToText().Trim() is { Length: > 0 } told ? told : $"the image's shell ended with {code}")}"
                )
            );
        }
    }
}
