using System.Collections.Frozen;
using System.Globalization;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes;

/// <summary>The limits that can be asked for: each is one of the kernel's, which every runtime passes on under its own name.</summary>
internal static class LimitNames
{
    /// <summary>As prlimit and Docker call them, and as /proc/self/limits does.</summary>
    private static readonly FrozenDictionary<string, string> Titles = new Dictionary<string, string>(
        StringComparer.Ordinal
    )
    {
        ["core"] = "Max core file size",
        ["data"] = "Max data size",
        ["fsize"] = "Max file size",
        ["memlock"] = "Max locked memory",
        ["msgqueue"] = "Max msgqueue size",
        ["nofile"] = "Max open files",
        ["nproc"] = "Max processes",
        ["rtprio"] = "Max realtime priority",
        ["sigpending"] = "Max pending signals",
        ["stack"] = "Max stack size",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="RuntimeFailedException">One is not known.</exception>
    public static void CheckKnown(IReadOnlyList<ProcessLimit> limits)
    {
        if (limits.FirstOrDefault(limit => !Titles.ContainsKey(limit.Name)) is { } unknown)
        {
            throw new RuntimeFailedException($"This agent knows no limit '{unknown.Name}'.");
        }
    }

    /// <summary>For what this process starts itself: nobody may have more than it may give.</summary>
    /// <exception cref="RuntimeFailedException">One is above that.</exception>
    public static void CheckGranted(IReadOnlyList<ProcessLimit> limits)
    {
        if (limits.Count == 0 || OwnLimits.CanRaise())
        {
            return;
        }

        foreach (var limit in limits)
        {
            if (
                OwnLimits.Hard(Titles[limit.Name]) is { } most
                && (limit.Hard == ProcessLimit.Unlimited || limit.Hard > most)
            )
            {
                throw new RuntimeFailedException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The limit '{limit.Name}' of {Text(limit.Hard)} is above this host's own, {most}, which its agent may not raise."
                    )
                );
            }
        }
    }

    /// <summary>What to put before a command so that it runs with them; empty if there are none.</summary>
    /// <exception cref="RuntimeFailedException">They cannot be set here.</exception>
    public static IReadOnlyList<string> Prefix(IReadOnlyList<ProcessLimit> limits)
    {
        if (limits.Count == 0)
        {
            return [];
        }

        CheckGranted(limits);
        var program =
            Tool.Find("prlimit")
            ?? throw new RuntimeFailedException("Limits need prlimit (util-linux), which is not here.");
        return [program, .. limits.Select(limit => $"--{limit.Name}={Text(limit.Soft)}:{Text(limit.Hard)}")];
    }

    private static string Text(long value) =>
        value == ProcessLimit.Unlimited ? "unlimited" : value.ToString(CultureInfo.InvariantCulture);
}
