using System.Collections.Immutable;
using Orchestrator.Core;

namespace Orchestrator.ControlPlane.Translation;

/// <summary>Which images a host holds. An older agent does not say.</summary>
internal static class ReportedImages
{
    public static ImmutableArray<long> Of(IReadOnlyList<string>? images) =>
        [.. (images ?? []).Select(ImageKey.Of).Distinct().Order()];

    /// <summary>Empty when there is none.</summary>
    public static string ProblemOf(IReadOnlyList<string>? images) =>
        images is null || (images.Count <= ImageKey.MaxPerHost && images.All(IsDigits))
            ? ""
            : $"images are more than {ImageKey.MaxPerHost}, or not {ImageKey.HexDigits} hexadecimal digits each";

    private static bool IsDigits(string? text) =>
        text is { Length: ImageKey.HexDigits } && text.All(char.IsAsciiHexDigitLower);
}
