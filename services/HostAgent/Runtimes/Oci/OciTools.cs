using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>The programs of this machine, what they can do here, and how they are called.</summary>
internal sealed record OciTools
{
    /// <summary>Per instance; conmon starts the file anew when it is full.</summary>
    private const long MaxLogBytes = 8 * 1024 * 1024;

    /// <summary>
    /// Runs in a mount namespace of its own, which ends with conmon and the container: so no crash and no power cut ever
    /// leaves a mount behind. Arguments: log, what to hide or empty, overlay options or empty, where to, the command.
    /// </summary>
    private const string LaunchScript = """
        exec </dev/null >"$1" 2>&1 || exit 1
        if [ -n "$2" ]; then umount "$2" || exit 1; fi
        if [ -n "$3" ]; then mount -t overlay overlay -o "$3" "$4" || exit 1; fi
        shift 4
        exec "$@"
        """;

    private OciTools() { }

    public required string Crun { get; init; }

    public required string Conmon { get; init; }

    public required string Unshare { get; init; }

    /// <summary>Where crun keeps what it knows; below the host's own directory, so that hosts do not see each other.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The same for containers with secret variables.</summary>
    public required MemoryPlace Memory { get; init; }

    /// <summary>What crun says about programs that are run in containers; what an agent that died left is taken away.</summary>
    public required string ExecDirectory { get; init; }

    public required string CgroupPrefix { get; init; }

    public required CgroupSupport Cgroups { get; init; }

    public required bool HasSeccomp { get; init; }

    public bool HasOverlay { get; init; }

    public required string Version { get; init; }

    /// <exception cref="RuntimeFailedException">Something is missing.</exception>
    public static async Task<OciTools> DetectAsync(
        string directory,
        MemoryPlace memory,
        CancellationToken cancellationToken
    )
    {
        if (Libc.EffectiveUserId != 0)
        {
            throw new RuntimeFailedException("The OCI runtime needs root; the process runtime does not.");
        }

        var crun = Require("crun");
        var version = await Tool.RunAsync(crun, ["--version"], cancellationToken);
        // Two hosts of one machine may have the same name, but never the same directory.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..8];
        var prefix = $"orchestrator-{hash}-";
        var tools = new OciTools
        {
            Crun = crun,
            Conmon = Require("conmon"),
            Unshare = Require("unshare"),
            StateDirectory = Path.Combine(directory, "state"),
            Memory = memory,
            ExecDirectory = Path.Combine(directory, "exec"),
            CgroupPrefix = prefix,
            Cgroups = CgroupSupport.Detect(prefix + "probe"),
            HasSeccomp = version.Output.Contains("+SECCOMP", StringComparison.Ordinal),
            Version = version.Output.Split('\n')[0],
        };
        Directory.CreateDirectory(tools.StateDirectory);
        if (Directory.Exists(tools.ExecDirectory))
        {
            Directory.Delete(tools.ExecDirectory, recursive: true);
        }

        Directory.CreateDirectory(tools.ExecDirectory);
        return tools with { HasOverlay = await tools.CanOverlayAsync(directory, cancellationToken) };
    }

    /// <summary>One group per container, directly below the root: a parent of our own would be left behind.</summary>
    public string? CgroupPathOf(string containerId) => Cgroups.CanLimit ? $"/{CgroupPrefix}{containerId}" : null;

    /// <summary>Whatever is left of it; one that the kernel has not let go of yet stays, empty.</summary>
    public void RemoveCgroup(string containerId)
    {
        if (Cgroups.CanLimit)
        {
            CgroupSupport.Remove(CgroupPrefix + containerId);
        }
    }

    public bool HasState(string containerId) =>
        Memory.HasState(containerId) || Directory.Exists(Path.Combine(StateDirectory, containerId));

    /// <summary>As <c>crun state</c> tells it.</summary>
    public static string ReadStatus(string json)
    {
        try
        {
            return (string?)JsonNode.Parse(json)?["status"] ?? "";
        }
        catch (JsonException)
        {
            return ""; // Not a state, whatever it printed: then it is not running either.
        }
    }

    /// <param name="containerId">Whom it is about; the command names it too.</param>
    public Task<ToolResult> RunCrunAsync(
        string containerId,
        IReadOnlyList<string> command,
        CancellationToken cancellationToken
    ) => Tool.RunAsync(Crun, [.. GlobalArguments(containerId), .. command], cancellationToken);

    /// <summary>Starts conmon, which creates the container and then watches over it, however we end.</summary>
    public Task<int> LaunchAsync(
        ContainerFiles files,
        string imageRoot,
        string logPath,
        CancellationToken cancellationToken
    ) => LaunchAsync(files, imageRoot, [Conmon, .. MonitorArguments(files, logPath)], cancellationToken);

    private Task<int> LaunchAsync(
        ContainerFiles files,
        string imageRoot,
        IReadOnlyList<string> command,
        CancellationToken cancellationToken
    ) =>
        Tool.LaunchAsync(
            new ProcessStartInfo(
                Unshare,
                [
                    "--mount",
                    // Unmounting something on the host still reaches us; what we mount stays ours.
                    "--propagation",
                    "slave",
                    "--",
                    "/bin/sh",
                    "-c",
                    LaunchScript,
                    "launch",
                    files.LaunchLog,
                    Cgroups.MustHideUnified ? CgroupSupport.UnifiedDirectory : "",
                    HasOverlay ? $"lowerdir={imageRoot},upperdir={files.Upper},workdir={files.Work}" : "",
                    files.Merged,
                    .. command,
                ]
            ),
            cancellationToken
        );

    private async Task<bool> CanOverlayAsync(string directory, CancellationToken cancellationToken)
    {
        var files = new ContainerFiles("probe", Path.Combine(directory, "probe"));
        files.Create();
        try
        {
            var overlaying = this with { HasOverlay = true };
            return await overlaying.LaunchAsync(files, files.Bundle, ["/bin/true"], cancellationToken) == 0;
        }
        finally
        {
            Directory.Delete(files.Directory, recursive: true);
        }
    }

    /// <summary>For one that exists.</summary>
    public string[] GlobalArguments(string containerId) =>
        GlobalArgumentsIn(Memory.HasState(containerId) ? Memory.States : StateDirectory);

    private string[] GlobalArgumentsIn(string state) =>
        [$"--root={state}", $"--cgroup-manager={(Cgroups.CanLimit ? "cgroupfs" : "disabled")}"];

    private string[] MonitorArguments(ContainerFiles files, string logPath) =>
        [
            // Without it conmon puts a socket into a directory that only another program makes, and dies silently.
            "--full-attach",
            "--api-version",
            "1",
            "--cid",
            files.ContainerId,
            "--cuuid",
            files.ContainerId,
            "--name",
            files.ContainerId,
            "--runtime",
            Crun,
            .. GlobalArgumentsIn(files.IsSecret ? Memory.States : StateDirectory)
                .Append($"--log=file:{files.RuntimeLog}")
                .Select(text => $"--runtime-arg={text}"),
            "--bundle",
            files.Bundle,
            "--container-pidfile",
            files.ProcessId,
            "--conmon-pidfile",
            files.MonitorProcessId,
            "--log-path",
            $"k8s-file:{logPath}",
            "--log-size-max",
            MaxLogBytes.ToString(CultureInfo.InvariantCulture),
            "--no-sync-log",
            "--exit-dir",
            files.ExitDirectory,
            "--persist-dir",
            files.PersistDirectory,
        ];

    private static string Require(string program) =>
        Tool.Find(program) ?? throw new RuntimeFailedException($"The OCI runtime needs {program}, which is not here.");
}
