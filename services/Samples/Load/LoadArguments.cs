using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Samples.Load;

/// <summary>Reads <c>sample load</c>'s options; a mistake is a <see cref="FormatException"/> that says which.</summary>
internal static class LoadArguments
{
    public const string Usage =
        "usage: sample load --url URL [--url URL]... --rps N [--seconds S] [--report FILE] [--port PORT]";

    /// <summary>One process on a shared core cannot send more and still tell the time.</summary>
    private const double MaxRate = 10_000;
    private const int MaxTargets = 16;
    private const int MaxPort = 65_535;
    private const int MaxSeconds = 7 * 24 * 3600;

    public static LoadSettings Parse(IReadOnlyList<string> options)
    {
        var targets = ImmutableArray.CreateBuilder<Uri>();
        var single = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = 0; at < options.Count; at += 2)
        {
            var value = at + 1 < options.Count ? options[at + 1] : null;
            switch (options[at])
            {
                case "--url" when value is not null:
                    targets.Add(ReadTarget(value));
                    break;
                case "--rps" or "--seconds" or "--report" or "--port" when value is not null:
                    single[options[at]] = value;
                    break;
                default:
                    throw new FormatException($"cannot read '{options[at]}'; {Usage}");
            }
        }
        return new LoadSettings
        {
            Targets = CheckTargets(targets.ToImmutable()),
            RequestsPerSecond = ReadRate("--rps", single.GetValueOrDefault("--rps")),
            Duration = single.TryGetValue("--seconds", out var seconds)
                ? TimeSpan.FromSeconds(Role.ReadInteger("--seconds", seconds, min: 1, MaxSeconds, fallback: null))
                : null,
            ReportFile = single.GetValueOrDefault("--report"),
            Port = single.TryGetValue("--port", out var port)
                ? Role.ReadInteger("--port", port, min: 1, MaxPort, fallback: null)
                : null,
        };
    }

    public static Uri ReadTarget(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var target) && target.Scheme is "http"
            ? target
            : throw new FormatException($"a target is an http:// address, not '{text}'");

    public static ImmutableArray<Uri> CheckTargets(ImmutableArray<Uri> targets) =>
        targets.Length is > 0 and <= MaxTargets
            ? targets
            : throw new FormatException($"from 1 to {MaxTargets} targets, not {targets.Length}; {Usage}");

    public static double ReadRate(string name, string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate)
        && rate is > 0 and <= MaxRate
            ? rate
            : throw new FormatException($"{name} is a number above 0, at most {MaxRate}, not '{text}'");
}
