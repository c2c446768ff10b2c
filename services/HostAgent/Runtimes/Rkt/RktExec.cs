using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// Runs programs in pods that run, by rkt's enter. Fly's gives them no variables and finds no program by its name alone,
/// so the image's own shell does both before it becomes the program. An image without one has its programs run bare.
/// </summary>
internal static class RktExec
{
    /// <summary>Arguments: how many variables, those, the program and its own.</summary>
    private const string Script = """
        count=$1
        shift
        while [ "$count" -gt 0 ]; do
          export "$1"
          shift
          count=$((count - 1))
        done
        command -v "$1" >/dev/null 2>&1 || { echo "enter: exec failed: no such program" >&2; exit 254; }
        exec "$@"
        """;

    /// <summary>On the host. Arguments: the directories of the container's control groups, --, the command.</summary>
    private const string EnterScript = """
        while [ "$1" != -- ]; do
          echo 0 >"$1/cgroup.procs" || { echo "enter: its control group is gone" >&2; exit 254; }
          shift
        done
        shift
        exec "$@"
        """;

    public const string Shell = "/bin/sh";

    /// <summary>Rkt's own; a program may have it too, but not with rkt's words as its last.</summary>
    private const int RktFailed = 254;

    private static readonly string[] RktPrefixes = ["enter: ", "fly-enter: ", "stage1: "];

    /// <exception cref="RuntimeFailedException">The container does not run, or has no such program.</exception>
    public static async Task<int> RunAsync(
        RktCommands rkt,
        RktEntry entry,
        ContainerExec exec,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(
            Shell,
            [
                "-c",
                EnterScript,
                "enter",
                .. entry.Container.Cgroup.Directories,
                "--",
                rkt.Program,
                .. rkt.GlobalArguments,
                "enter",
                $"--app={entry.Container.Files.AppName}",
                entry.Pod,
                .. entry.Note.HasShell ? Wrapped(entry, exec.Arguments) : exec.Arguments,
            ]
        );
        start.Environment[RktCommands.MarkVariable] = entry.Container.Mark;
        await using var errors = new LastWords(exec.Errors);
        try
        {
            var code = await PipedProcess.RunAsync(start, exec with { Errors = errors }, cancellationToken);
            return code == RktFailed && errors.LastLine is { } line && IsOfRkt(line)
                ? throw new RuntimeFailedException($"'{exec.Arguments[0]}' cannot be run: {line}")
                : code;
        }
        catch (Win32Exception e)
        {
            throw new RuntimeFailedException($"It cannot be entered: {e.Message}", e);
        }
    }

    private static bool IsOfRkt(string line) =>
        Array.Exists(RktPrefixes, prefix => line.StartsWith(prefix, StringComparison.Ordinal));

    private static IEnumerable<string> Wrapped(RktEntry entry, IReadOnlyList<string> arguments)
    {
        // Others no shell can set.
        var variables = entry
            .Note.Environment.Where(pair => pair.Key.All(one => char.IsAsciiLetterOrDigit(one) || one == '_'))
            .Select(pair => $"{pair.Key}={pair.Value}")
            .ToList();
        return
        [
            Shell,
            "-c",
            Script,
            "exec",
            variables.Count.ToString(CultureInfo.InvariantCulture),
            .. variables,
            .. arguments,
        ];
    }

    /// <summary>Passes on what is written, and keeps the end of it.</summary>
    private sealed class LastWords(Stream inner) : WriteOnlyStream
    {
        private const int MaxKept = 4096;

        private readonly List<byte> _kept = [];

        public string? LastLine =>
            Encoding
                .UTF8.GetString([.. _kept])
                .Split('\n', StringSplitOptions.TrimEntries)
                .LastOrDefault(line => line.Length > 0);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Keep(buffer);
            inner.Write(buffer);
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            Keep(buffer.Span);
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override void Flush() => inner.Flush();

        private void Keep(ReadOnlySpan<byte> written)
        {
            _kept.AddRange(written.Length > MaxKept ? written[^MaxKept..] : written);
            if (_kept.Count > MaxKept)
            {
                _kept.RemoveRange(0, _kept.Count - MaxKept);
            }
        }
    }
}

/// <summary>What a program is run in.</summary>
internal sealed record RktEntry(RktContainer Container, string Pod, RktNote Note);
