using System.Globalization;
using System.Text;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>The directory of one container: its bundle, its own layer, and what conmon and crun write about it.</summary>
internal sealed record ContainerFiles(string ContainerId, string Directory)
{
    public string Bundle => Path.Combine(Directory, "bundle");

    public string Config => Path.Combine(Bundle, "config.json");

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

    /// <summary>Null unless conmon watches over this container just now.</summary>
    public ProcessIdentity? FindMonitor() =>
        ReadNumber(MonitorProcessId) is { } processId
        && ProcessIdentity.Of(processId) is { } process
        && IsMonitor(processId)
            ? process
            : null;

    public bool HasProcessId => ReadNumber(ProcessId) is not null;

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
        ?? "no reason given";

    /// <summary>Its process id may be somebody else's by now, so its command line must name the container.</summary>
    private bool IsMonitor(int processId)
    {
        try
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/cmdline");
            var arguments = Encoding.UTF8.GetString(File.ReadAllBytes(path)).Split('\0');
            return arguments.Contains(ProcessId, StringComparer.Ordinal);
        }
        catch (IOException)
        {
            return false; // It ended meanwhile.
        }
    }

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
