namespace Orchestrator.HostAgent.Runtimes;

/// <summary>How control groups can be used on this machine, found by trying.</summary>
/// <param name="MustHideUnified">
/// Version 1 is in use and a version 2 tree with controllers is mounted beside it: crun refuses to work until it no
/// longer sees that tree.
/// </param>
internal sealed record CgroupSupport(string Version, bool MustHideUnified)
{
    public const string UnifiedDirectory = "/sys/fs/cgroup/unified";

    public const string Root = "/sys/fs/cgroup";
    private const string None = "none";
    private static readonly string[] Controllers = ["cpu", "memory", "pids"];

    public bool CanLimit => !string.Equals(Version, None, StringComparison.Ordinal);

    /// <param name="probe">Name of a group that nobody else uses.</param>
    public static CgroupSupport Detect(string probe)
    {
        if (File.Exists(Path.Combine(Root, "cgroup.controllers")))
        {
            var canUse = Controllers.All(ReadControllers(Root).Contains) && CanMake(Path.Combine(Root, probe));
            return new CgroupSupport(canUse ? "v2" : None, MustHideUnified: false);
        }

        var canUseFirst = Controllers.All(controller =>
            Directory.Exists(Path.Combine(Root, controller)) && CanMake(Path.Combine(Root, controller, probe))
        );
        return new CgroupSupport(canUseFirst ? "v1" : None, ReadControllers(UnifiedDirectory).Length > 0);
    }

    /// <summary>Removes a group that has no process, from every hierarchy.</summary>
    public static void Remove(string group)
    {
        foreach (
            var path in Directory.EnumerateDirectories(Root).Append(Root).Select(root => Path.Combine(root, group))
        )
        {
            try
            {
                if (Directory.Exists(path))
                {
                    Directory.Delete(path);
                }
            }
            catch (IOException)
            {
                // Busy for another moment: an empty group costs nothing, and there is nobody to wait for it.
            }
        }
    }

    private static string[] ReadControllers(string directory)
    {
        var path = Path.Combine(directory, "cgroup.controllers");
        return File.Exists(path)
            ? File.ReadAllText(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            : [];
    }

    private static bool CanMake(string group)
    {
        try
        {
            Directory.CreateDirectory(group);
            Directory.Delete(group);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Mounted read-only, or not ours: that is what we wanted to know.
        }
    }
}
