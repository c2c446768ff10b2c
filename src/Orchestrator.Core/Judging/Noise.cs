namespace Orchestrator.Core.Judging;

/// <summary>
/// How much two arms that run the same version differ by chance, as measured in an A/A phase. It decides, before the canary
/// starts, which evidence may fail it and how far that is tempered; so the choice does not depend on the canary.
/// </summary>
/// <param name="IsMeasured">Whether the A/A phase was long enough to know.</param>
/// <param name="Dispersion">
/// Upper bound of the variance of differences over that of independent ones, over any time up to ten minutes; at least 1.
/// For levels: of the variance itself.
/// </param>
/// <param name="Width">Of the buckets that count as one observation each.</param>
/// <param name="Temper">
/// Upper bound of how much more sums of such buckets vary than if each were independent of the others; at least 1.
/// </param>
public readonly record struct Noise(bool IsMeasured, double Dispersion, TimeSpan Width, double Temper)
{
    /// <summary>Up to here, evidence that takes every request for itself may fail a canary, after it is divided by it.</summary>
    public const double MaxDispersion = 2;

    /// <summary>With more, arms differ by themselves for so long that nothing may fail or pass a canary but a person.</summary>
    public const double MaxTemper = 8;

    /// <summary>Nothing is known: wide buckets, and nothing that takes every request for itself.</summary>
    public static readonly Noise Unknown = new(
        IsMeasured: false,
        Dispersion: double.MaxValue,
        Width: TimeSpan.FromMinutes(1),
        Temper: 2
    );

    /// <summary>Somebody vouches for it that every request is by itself.</summary>
    public static Noise Independent(TimeSpan width) => new(IsMeasured: true, Dispersion: 1, width, Temper: 1);

    public bool AllowsFast => IsMeasured && Dispersion <= MaxDispersion;

    public bool AllowsRobust => Temper <= MaxTemper;
}
