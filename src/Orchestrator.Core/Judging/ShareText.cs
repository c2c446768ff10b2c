using System.Globalization;

namespace Orchestrator.Core.Judging;

/// <summary>What was seen of a share, for people.</summary>
internal static class ShareText
{
    public static string Canary(ArmCounts counts) => Percent(counts, counts.CanaryHits, counts.CanaryTotal);

    public static string Control(ArmCounts counts) => Percent(counts, counts.ControlHits, counts.ControlTotal);

    public static string On(ArmCounts counts) =>
        counts.CanaryTotal == 0
            ? "nothing of the canary"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{counts.CanaryTotal:N0} v {counts.ControlTotal:N0} requests"
            );

    public static string Seen(string name, ArmCounts counts) =>
        counts.CanaryTotal == 0
            ? $"{name} without data of the canary"
            : $"{name} {Canary(counts)} v {Control(counts)} on {On(counts)}";

    private static string Percent(ArmCounts counts, long hits, long total) =>
        counts.CanaryTotal == 0 ? "unknown" : VerdictText.Percent(hits, total);
}
