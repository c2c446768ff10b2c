using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Orchestrator.HostAgent.Reporting;

/// <summary>
/// What machine this is, as labels that constraints can name. What it does not tell, or in no word, is left out.
/// </summary>
internal static partial class MachineLabels
{
    /// <summary>As of all that agents report, so that it is told from what people give to hosts.</summary>
    private const string Prefix = "agent/";

    private const string DefaultRoute = "00000000";

    /// <param name="root">Of the machine's file system: <c>/</c>, but in tests.</param>
    public static IReadOnlyDictionary<string, string> Read(string root)
    {
        var release = ReadRelease(root);
        (string Name, string? Value)[] all =
        [
            ("architecture", RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()),
            ("os", release.GetValueOrDefault("ID")),
            ("os-version", release.GetValueOrDefault("VERSION_ID")),
            ("kernel", ReadLine(root, "proc/sys/kernel/osrelease")),
            ("somaxconn", ReadLine(root, "proc/sys/net/core/somaxconn")),
            ("open-files", ReadOpenFiles(root)),
            ("mtu", ReadMtu(root)),
        ];
        return all.Where(label => label.Value is { } value && Word().IsMatch(value))
            .ToDictionary(label => Prefix + label.Name, label => label.Value!, StringComparer.Ordinal);
    }

    /// <summary>os-release(5): variables of a shell, perhaps in quotes.</summary>
    private static Dictionary<string, string> ReadRelease(string root)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in ReadLines(root, "etc/os-release"))
        {
            if (line.Split('=', 2) is [var name, var value])
            {
                values[name.Trim()] = value.Trim().Trim('"', '\'');
            }
        }

        return values;
    }

    /// <summary>The most files that an instance can be allowed: nobody's hard limit can be raised above the agent's.</summary>
    private static string? ReadOpenFiles(string root) =>
        ReadLines(root, "proc/self/limits")
            .Where(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(fields => fields is [.., var hard, "files"] ? hard : null)
            .FirstOrDefault();

    /// <summary>Of the interface that leads out.</summary>
    private static string? ReadMtu(string root) =>
        ReadLines(root, "proc/net/route")
            .Select(line => line.Split('\t', StringSplitOptions.TrimEntries))
            .Where(fields => fields is [_, DefaultRoute, ..])
            .Select(fields =>
                ReadLine(root, string.Create(CultureInfo.InvariantCulture, $"sys/class/net/{fields[0]}/mtu"))
            )
            .FirstOrDefault();

    private static string? ReadLine(string root, string path) => ReadLines(root, path).FirstOrDefault()?.Trim();

    private static string[] ReadLines(string root, string path)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [GeneratedRegex(
        "^[A-Za-z0-9]([A-Za-z0-9._+-]{0,61}[A-Za-z0-9])?$",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Word();
}
