using System.Globalization;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>Numbers and times as the page writes them.</summary>
internal static class Texts
{
    private const int MebibytesPerGibibyte = 1_024;
    private const int MillicoresPerCore = 1_000;

    /// <summary>What is larger is far past every limit.</summary>
    private const double LargestEvidence = 1e6;

    public static string Moment(DateTimeOffset at) =>
        at.UtcDateTime.ToString("d MMM HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Iso(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string Whole(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Cores(int millicores) => Invariant($"{(double)millicores / MillicoresPerCore:0.##}");

    public static string Gibibytes(int mebibytes) => Invariant($"{(double)mebibytes / MebibytesPerGibibyte:0.##}");

    public static string Percent(double part, double whole) =>
        whole <= 0 ? "–" : Invariant($"{part / whole * 100:0.##} %");

    /// <summary>A share of the requests, in percent.</summary>
    public static string Weight(decimal percent) => Invariant($"{percent:0.#}");

    /// <summary>Rounded down, so that what is not enough never reads as if it were.</summary>
    public static string Evidence(double value) =>
        value switch
        {
            > LargestEvidence => "over 1,000,000",
            >= 100 => Invariant($"{Math.Floor(value):N0}"),
            _ => Invariant($"{Math.Floor(value * 10) / 10:0.#}"),
        };

    /// <summary>Evidence multiplies as it grows, so a bar shows its logarithm: 0 is none, 1 is enough.</summary>
    public static double EvidenceShare(double value, double limit) =>
        value <= 1 || limit <= 1 ? 0 : Math.Min(1, Math.Log(value) / Math.Log(limit));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
