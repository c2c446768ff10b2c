using System.Globalization;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>The limits of this process: those of a daemon that was started in the same way.</summary>
internal static class ProcessLimits
{
    /// <summary>Where the name ends and the soft limit begins in /proc/self/limits.</summary>
    private const int NameWidth = 26;

    /// <summary>Null if there is none.</summary>
    public static long? Hard(string name) =>
        File.ReadLines("/proc/self/limits")
            .Where(line => line.Length > NameWidth && line.StartsWith(name, StringComparison.Ordinal))
            .Select(line => line[NameWidth..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(fields =>
                long.TryParse(
                    fields.ElementAtOrDefault(1),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var hard
                )
                    ? hard
                    : (long?)null
            )
            .FirstOrDefault();
}
