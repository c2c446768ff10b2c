using System.Globalization;
using System.Text;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>Real processes of this machine, found by a variable that only they carry.</summary>
internal static class MarkedProcesses
{
    public static IReadOnlyList<int> Find(string name, string value) =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(path => Path.GetFileName(path))
                .Where(directory => directory.All(char.IsAsciiDigit) && Carries(directory, $"{name}={value}"))
                .Select(directory => int.Parse(directory, CultureInfo.InvariantCulture)),
        ];

    private static bool Carries(string processId, string variable)
    {
        try
        {
            return Encoding
                .UTF8.GetString(File.ReadAllBytes($"/proc/{processId}/environ"))
                .Split('\0')
                .Contains(variable, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // It ended, or is none of ours.
        }
    }
}
