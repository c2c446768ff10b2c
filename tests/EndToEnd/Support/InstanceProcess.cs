using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Orchestrator.EndToEnd.Support;

/// <summary>An instance as the machine sees it, whatever the runtime: a process that carries who it is in its environment.</summary>
internal sealed record InstanceProcess(int Id, string Instance, string Host)
{
    /// <summary>A process that is being killed may start the next; the chain of a launch has four links.</summary>
    private const int MaxRounds = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>All that belong to the fleet behind a gateway, which has an address that no other fleet has.</summary>
    public static IReadOnlyList<InstanceProcess> AllBehind(string gateway) =>
        [.. ProcessIds().Select(id => TryRead(id, gateway)).OfType<InstanceProcess>()];

    public void Kill() => Kill(Id);

    /// <summary>Ends all that a fleet left: its instances, and whatever watches over them from below its directory.</summary>
    public static async Task EndAllAsync(string gateway, string directory)
    {
        var groups = new HashSet<string>(StringComparer.Ordinal);
        for (var round = 0; round < MaxRounds; round++)
        {
            var left = ProcessIds()
                .Where(id => id != Environment.ProcessId && (HasEnvironment(id, gateway) || HasArgument(id, directory)))
                .ToList();
            if (left.Count == 0)
            {
                break;
            }

            groups.UnionWith(left.SelectMany(ControlGroupsOf));
            left.ForEach(Kill);
            await Task.Delay(Pause);
        }

        // A process that was killed stays in its group until somebody has asked how it ended.
        for (var round = 0; round < MaxRounds && RemoveEmpty(groups) > 0; round++)
        {
            await Task.Delay(Pause);
        }
    }

    private static bool HasEnvironment(int id, string gateway) =>
        Read(id, "environ").Contains($"ORC_GATEWAY={gateway}", StringComparer.Ordinal);

    private static bool HasArgument(int id, string directory) =>
        Read(id, "cmdline").Any(argument => argument.Contains(directory, StringComparison.Ordinal));

    private static InstanceProcess? TryRead(int id, string gateway)
    {
        // What is about to become the instance's program carries its environment too.
        if (!Read(id, "comm").Contains("sample\n", StringComparer.Ordinal))
        {
            return null;
        }

        var environment = Read(id, "environ");
        return environment.Contains($"ORC_GATEWAY={gateway}", StringComparer.Ordinal)
            ? new InstanceProcess(id, ValueOf(environment, "ORC_INSTANCE="), ValueOf(environment, "ORC_HOST="))
            : null;
    }

    private static string ValueOf(string[] environment, string prefix) =>
        environment.First(variable => variable.StartsWith(prefix, StringComparison.Ordinal))[prefix.Length..];

    private static IEnumerable<int> ProcessIds() =>
        Directory
            .EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0);

    private static string[] Read(int id, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{id}/{file}")).Split('\0');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // It ended, or is none of ours.
        }
    }

    private static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    /// <summary>Those named after a container; every other group is somebody else's.</summary>
    private static IEnumerable<string> ControlGroupsOf(int id) =>
        from line in Read(id, "cgroup").SelectMany(text => text.Split('\n'))
        let parts = line.Split(':', 3)
        where parts.Length == 3 && parts[2].StartsWith("/orchestrator-", StringComparison.Ordinal)
        select Path.Join("/sys/fs/cgroup", parts[1].Split('=')[^1], parts[2]);

    /// <summary>How many are left.</summary>
    private static int RemoveEmpty(IEnumerable<string> groups)
    {
        var left = groups.Where(Directory.Exists).ToList();
        foreach (var group in left)
        {
            try
            {
                Directory.Delete(group);
            }
            catch (IOException)
            {
                // Still in use.
            }
        }

        return left.Count(Directory.Exists);
    }
}
