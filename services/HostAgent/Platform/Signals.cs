using System.Collections.Frozen;
using System.Globalization;

namespace Orchestrator.HostAgent.Platform;

/// <summary>Signals by their names. Numbers are Linux's, the same on x64 and arm64.</summary>
internal static class Signals
{
    private const string Prefix = "SIG";
    private const string FirstRealTime = "RTMIN+";
    private const int FirstRealTimeNumber = 34;
    private const int Last = 64;

    private static readonly FrozenDictionary<string, int> Numbers = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["HUP"] = 1,
        ["INT"] = 2,
        ["QUIT"] = 3,
        ["ABRT"] = 6,
        ["KILL"] = Libc.SignalKill,
        ["USR1"] = 10,
        ["USR2"] = 12,
        ["ALRM"] = 14,
        ["TERM"] = Libc.SignalTerminate,
        ["CONT"] = 18,
        ["WINCH"] = 28,
        ["PWR"] = 30,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <param name="text">As images write it: <c>SIGQUIT</c>, <c>QUIT</c>, <c>SIGRTMIN+3</c> or <c>3</c>.</param>
    /// <returns>Null if it is not one that is known.</returns>
    public static int? Parse(string text)
    {
        var name = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
        if (Numbers.TryGetValue(name, out var number))
        {
            return number;
        }

        return name.StartsWith(FirstRealTime, StringComparison.Ordinal)
            ? Number(name[FirstRealTime.Length..], FirstRealTimeNumber)
            : Number(text, above: 0);
    }

    private static int? Number(string digits, int above) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var written)
        && written <= Last - above
        && written + above > 0
            ? written + above
            : null;
}
