using System.ComponentModel;
using System.Diagnostics;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// Calls rkt, with a data directory of our own: whatever pod is in it is ours, and nobody else's is ever touched. What it
/// says when it fails becomes the reason.
/// </summary>
internal sealed class RktCommands(RktSettings settings, string dataDirectory)
{
    /// <summary>Set for everything that is started for a container, so that what a dead agent left can be found.</summary>
    public const string MarkVariable = "ORC_POD";

    /// <summary>An image of some gigabytes on a slow disk is copied twice.</summary>
    public static readonly TimeSpan ImageDeadline = TimeSpan.FromMinutes(10);

    /// <summary>Most answers take hundredths of a second, and a stage1 that is used for the first time some seconds.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Some 500 characters for each pod, thousands of them.</summary>
    private const int MaxOutputCharacters = 8 * 1024 * 1024;

    /// <summary>A log line, not a page.</summary>
    private const int MaxReasonLength = 1000;

    /// <summary>Said before everything that renders an image where the machine has no such group; it means nothing to us.</summary>
    private const string GroupRemark = "group \"rkt\" not found";

    public string DataDirectory => dataDirectory;

    public string Program => settings.Program;

    public IReadOnlyList<string> Stage1Arguments =>
        settings.Stage1 switch
        {
            "" => [],
            ['/', ..] => [$"--stage1-path={settings.Stage1}"],
            _ => [$"--stage1-name={settings.Stage1}"],
        };

    public IReadOnlyList<string> GlobalArguments => [$"--dir={dataDirectory}", "--insecure-options=image,ondisk"];

    /// <summary>Its output, for a call that must not fail.</summary>
    /// <exception cref="RuntimeFailedException">It failed, and says why.</exception>
    public async Task<string> AskAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var result = await TryAsync(arguments, cancellationToken);
        return result.HasSucceeded ? result.Output : throw Refused(arguments[0], result);
    }

    public Task<ToolResult> TryAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(arguments, mark: "", Deadline, cancellationToken);

    /// <param name="mark">What it is done for, as <see cref="MarkVariable"/>; empty: for nobody in particular.</param>
    /// <exception cref="RuntimeFailedException">It cannot be run, or does not end.</exception>
    public async Task<ToolResult> RunAsync(
        IReadOnlyList<string> arguments,
        string mark,
        TimeSpan within,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(settings.Program, [.. GlobalArguments, .. arguments]);
        if (mark.Length > 0)
        {
            start.Environment[MarkVariable] = mark;
        }

        try
        {
            return await Tool.RunAsync(start, new ToolLimits(within, MaxOutputCharacters), cancellationToken);
        }
        catch (Win32Exception e)
        {
            throw new RuntimeFailedException(
                $"rkt cannot be run, see Agent:RktPath, which is '{settings.Program}': {e.Message}",
                e
            );
        }
        catch (TimeoutException e)
        {
            throw new RuntimeFailedException($"rkt {arguments[0]} did not end within {within}.", e);
        }
    }

    public static RuntimeFailedException Refused(string verb, ToolResult result) =>
        new($"rkt {verb} failed ({result.ExitCode}): {ReasonOf(result.Errors)}");

    /// <summary>Nobody has a pod of this name; rkt has no exit code of its own for that.</summary>
    public static bool IsNoSuchPod(ToolResult result) =>
        !result.HasSucceeded && result.Errors.Contains("no matches found", StringComparison.Ordinal);

    private static string ReasonOf(string errors)
    {
        var lines = errors
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.Contains(GroupRemark, StringComparison.Ordinal));
        var reason = string.Join(' ', lines);
        return reason.Length switch
        {
            0 => "it gave no reason",
            > MaxReasonLength => reason[..MaxReasonLength] + "…",
            _ => reason,
        };
    }
}
