using System.Globalization;

namespace Orchestrator.HostAgent.Platform;

/// <summary>The limits of this process: those of what it starts, and of a daemon that was started in the same way.</summary>
internal static class OwnLimits
{
    /// <summary>Where the name ends and the soft limit begins in /proc/self/limits.</summary>
    private const int NameWidth = 26;

    /// <summary>CAP_SYS_RESOURCE, which may raise any limit.</summary>
    private const int SystemResource = 24;

    private const string Effective = "CapEff:";

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

    public static bool CanRaise() =>
        File.ReadLines("/proc/self/status")
            .Where(line => line.StartsWith(Effective, StringComparison.Ordinal))
            .Select(line =>
                ulong.Parse(line[Effective.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            )
            .Any(capabilities => (capabilities >> SystemResource & 1) == 1);
}
