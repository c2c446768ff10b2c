using System.Globalization;

namespace Orchestrator.HostAgent.Platform;

/// <summary>
/// A process that cannot be mistaken for a later one with the same id: ids are used again, but not with the same start
/// time since the same boot.
/// </summary>
/// <param name="StartTicks">Clock ticks from boot to its start.</param>
/// <param name="BootId">Empty when the kernel has none.</param>
internal sealed record ProcessIdentity(int Id, long StartTicks, string BootId)
{
    /// <summary>Field 22 of stat(5), counted from the first field behind the name, which is the third.</summary>
    private const int StartTicksIndex = 22 - 3;

    /// <summary>Field 4 of stat(5).</summary>
    private const int ParentIndex = 4 - 3;

    /// <summary>Field 6 of stat(5).</summary>
    private const int SessionIndex = 6 - 3;

    public static string CurrentBootId { get; } = ReadBootId();

    /// <summary>False for a zombie too: it has ended, and only its parent has not asked how.</summary>
    public bool IsAlive =>
        string.Equals(BootId, CurrentBootId, StringComparison.Ordinal)
        && ReadStat(Id) is { } stat
        && stat.StartTicks == StartTicks
        && !stat.HasEnded;

    /// <summary>Null if no such process runs.</summary>
    public static ProcessIdentity? Of(int processId) =>
        ReadStat(processId) is { HasEnded: false } stat
            ? new ProcessIdentity(processId, stat.StartTicks, CurrentBootId)
            : null;

    /// <summary>Null for what <see cref="ToText"/> did not write, or not to its end.</summary>
    public static ProcessIdentity? FromText(string text) =>
        text.Split('\n') is [var id, var ticks, var boot, ""]
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var startTicks)
            ? new ProcessIdentity(processId, startTicks, boot)
            : null;

    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Id}\n{StartTicks}\n{BootId}\n");

    /// <summary>Parses the content of /proc/PID/stat. The name may contain spaces and parentheses, so the last one counts.</summary>
    public static ProcessStat? ParseStat(string text)
    {
        var nameEnd = text.LastIndexOf(')');
        if (nameEnd < 0)
        {
            return null;
        }

        var fields = text[(nameEnd + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
            fields.Length > StartTicksIndex
            && int.TryParse(fields[ParentIndex], NumberStyles.None, CultureInfo.InvariantCulture, out var parent)
            && int.TryParse(fields[SessionIndex], NumberStyles.None, CultureInfo.InvariantCulture, out var session)
            && long.TryParse(fields[StartTicksIndex], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessStat(HasEnded: fields[0] is "Z" or "X", parent, session, ticks)
            : null;
    }

    /// <summary>Those that it has started and that it is to be told the end of.</summary>
    public static IReadOnlyList<int> ChildrenOf(int processId) =>
        [.. AllIds().Where(child => ReadStat(child) is { HasEnded: false } stat && stat.ParentId == processId)];

    /// <summary>Every process whose session was begun by the given one, whatever group it moved to since.</summary>
    public static IReadOnlyList<int> InSession(int sessionId) =>
        [
            .. AllIds()
                .Where(processId => ReadStat(processId) is { HasEnded: false } stat && stat.SessionId == sessionId),
        ];

    /// <summary>Of this machine, as far as we may see them.</summary>
    public static IEnumerable<int> AllIds()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            var name = Path.GetFileName(directory.AsSpan());
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var processId))
            {
                yield return processId;
            }
        }
    }

    /// <summary>What the kernel tells of a process under a name.</summary>
    public static string PathOf(int processId, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/{name}");

    /// <summary>What tells a process's namespace of process ids from others; null if it is gone, or not ours to see.</summary>
    public static string? NamespaceOf(int processId)
    {
        try
        {
            return new FileInfo(PathOf(processId, "ns/pid")).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static ProcessStat? ReadStat(int processId)
    {
        try
        {
            return ParseStat(File.ReadAllText(PathOf(processId, "stat")));
        }
        catch (IOException)
        {
            return null; // It ended: its directory is gone, or reading says that there is no such process.
        }
    }

    private static string ReadBootId() =>
        File.Exists("/proc/sys/kernel/random/boot_id")
            ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()
            : "";
}

internal sealed record ProcessStat(bool HasEnded, int ParentId, int SessionId, long StartTicks);
