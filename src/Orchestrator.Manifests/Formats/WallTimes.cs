using System.Globalization;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>Times of the clock on the wall: <c>2026-12-20</c> or <c>2026-12-20T17:00</c>, perhaps with seconds.</summary>
internal static class WallTimes
{
    /// <summary>A typing error in the year is not a freeze for a century.</summary>
    private const int LeastYear = 2000;
    private const int MostYear = 2199;

    private static readonly string[] Patterns = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"];

    public static DateTime? Read(string text, Complain complain)
    {
        if (
            DateTime.TryParseExact(text, Patterns, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && time.Year is >= LeastYear and <= MostYear
        )
        {
            return time;
        }

        complain(
            new Complaint(
                ManifestErrorCodes.InvalidTime,
                $"{Shown.Quoted(text)} is not a time of the clock on the wall.",
                "Write 2026-12-20 or 2026-12-20T17:00; the window's zone says which clock."
            )
        );
        return null;
    }
}
