using System.Globalization;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>The directory of one container: its bundle, its own layer, and what conmon and crun write about it.</summary>
internal sealed record ContainerFiles(string ContainerId, string Directory)
{
    /// <summary>A container's own files take some tens of kilobytes.</summary>
    private const long LeastFreeBytes = 64 * 1024;

    public string Bundle => Path.Combine(Directory, "bundle");

    public string Config => Path.Combine(Bundle, "config.json");

    /// <summary>Its configuration is in memory, and here is but where.</summary>
    public bool IsSecret => new FileInfo(Config).LinkTarget is not null;

    /// <summary>What the container wrote; with <see cref="Work"/> and <see cref="Merged"/> for the overlay.</summary>
    public string Upper => Path.Combine(Directory, "upper");

    public string Work => Path.Combine(Directory, "work");

    public string Merged => Path.Combine(Directory, "merged");

    public string ProcessId => Path.Combine(Directory, "pid");

    public string MonitorProcessId => Path.Combine(Directory, "conmon.pid");

    public string ExitDirectory => Path.Combine(Directory, "exit");

    public string PersistDirectory => Path.Combine(Directory, "persist");

    public string LaunchLog => Path.Combine(Directory, "launch.log");

    public string RuntimeLog => Path.Combine(Directory, "crun.log");

    public void Create()
    {
        foreach (var directory in new[] { Bundle, Upper, Work, Merged, ExitDirectory, PersistDirectory })
        {
            System.IO.Directory.CreateDirectory(directory);
        }
    }

    /// <param name="elsewhere">Where it is to be in its place; null: here.</param>
    public async Task WriteConfigAsync(string config, string? elsewhere, CancellationToken cancellationToken)
    {
        if (elsewhere is not null)
        {
            File.CreateSymbolicLink(Config, elsewhere);
        }

        await File.WriteAllTextAsync(elsewhere ?? Config, config, cancellationToken);
        File.SetUnixFileMode(elsewhere ?? Config, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Null unless conmon watches over this container just now.</summary>
    public ProcessIdentity? FindMonitor() =>
        ReadNumber(MonitorProcessId) is { } processId
        && ProcessIdentity.Of(processId) is { } process
        && IsMonitor(processId)
            ? process
            : null;

    public bool HasProcessId => ReadNumber(ProcessId) is not null;

    /// <summary>The container's first process as it was when it was created.</summary>
    private string Identity => Path.Combine(Directory, "identity");

    /// <summary>Remembers the first process, so that what is signalled or waited for later is that and no other.</summary>
    public async Task<ProcessIdentity?> RememberProcessAsync(CancellationToken cancellationToken)
    {
        var process = ReadNumber(ProcessId) is { } processId ? ProcessIdentity.Of(processId) : null;
        if (process is not null)
        {
            await File.WriteAllTextAsync(Identity, process.ToText(), cancellationToken);
        }

        return process;
    }

    /// <summary>Null if it was never created, or the agent died before it could remember.</summary>
    public ProcessIdentity? FindProcess()
    {
        try
        {
            return ProcessIdentity.FromText(File.ReadAllText(Identity)) is { IsAlive: true } process ? process : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public ContainerExit ReadExit() =>
        new(
            ReadNumber(Path.Combine(ExitDirectory, ContainerId)),
            File.Exists(Path.Combine(PersistDirectory, "oom")) || File.Exists(Path.Combine(Bundle, "oom"))
        );

    /// <summary>What went wrong at the start, as crun or else the launch tells it.</summary>
    public string ReadFailure() =>
        new[] { RuntimeLog, LaunchLog }
            .Where(File.Exists)
            .Select(path => File.ReadAllText(path).Trim())
            .FirstOrDefault(text => text.Length > 0)
        ?? (IsDiskFull ? $"no space left on the disk of {Directory}" : "no reason given");

    /// <summary>Then nobody could write down what went wrong.</summary>
    private bool IsDiskFull => new DriveInfo(Directory).AvailableFreeSpace < LeastFreeBytes;

    /// <summary>Its process id may be somebody else's by now, so its command line must name the container.</summary>
    private bool IsMonitor(int processId) =>
        ContainerHelpers.ReadArguments(processId).Contains(ProcessId, StringComparer.Ordinal);

    private static int? ReadNumber(string path)
    {
        try
        {
            return int.TryParse(
                File.ReadAllText(path),
                NumberStyles.Integer,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? number
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
