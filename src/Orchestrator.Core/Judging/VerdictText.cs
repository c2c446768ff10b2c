using System.Globalization;

namespace Orchestrator.Core.Judging;

/// <summary>Numbers of verdicts. Evidence is rounded down, so that what is not enough never reads as if it were.</summary>
internal static class VerdictText
{
    private const double LargestShown = 1e12;

    public static string Shown(double evidence) =>
        evidence switch
        {
            > LargestShown => "over 1,000,000,000,000",
            >= 100 => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(evidence):N0}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(evidence * 10) / 10:0.#}"),
        };

    public static string Percent(long part, long whole) => whole == 0 ? "unknown" : Percent((double)part / whole);

    private static string Percent(double rate) =>
        (rate * 100) switch
        {
            >= 10 and var percent => string.Create(CultureInfo.InvariantCulture, $"{percent:0.#} %"),
            >= 1 and var percent => string.Create(CultureInfo.InvariantCulture, $"{percent:0.##} %"),
            var percent => string.Create(CultureInfo.InvariantCulture, $"{percent:0.####} %"),
        };
}
