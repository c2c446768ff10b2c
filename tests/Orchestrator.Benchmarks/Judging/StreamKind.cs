namespace Orchestrator.Benchmarks.Judging;

/// <summary>What traffic is like. Both arms run the same version unless a <see cref="Fault"/> says otherwise.</summary>
internal sealed record StreamKind(string Name)
{
    /// <summary>Of both arms.</summary>
    public double RequestsPerSecond { get; init; } = 100;

    public double ErrorRate { get; init; } = 0.001;

    /// <summary>Errors that come at once, on one arm.</summary>
    public int Burst { get; init; } = 1;

    /// <summary>Of the logarithms of error rate, latency and CPU, from ten seconds to the next.</summary>
    public double Autocorrelation { get; init; }

    public Sway Sways { get; init; } = Sway.Nothing;

    /// <summary>Traffic and error rate by a sine of an hour.</summary>
    public bool IsDiurnal { get; init; }

    /// <summary>1, 5, 25 and 50 % of the traffic, a quarter of an hour each; else half of it.</summary>
    public bool IsRamping { get; init; }

    /// <summary>Share of ten-second slots in which an arm has errors at all; the rate is the same over all.</summary>
    public double ActiveShare { get; init; } = 1;

    public static IReadOnlyList<StreamKind> All { get; } =
    [
        new("iid"),
        new("bursts of 5") { Burst = 5 },
        new("shared AR(1) 0.8") { Autocorrelation = 0.8, Sways = Sway.BothAlike },
        new("per-arm AR(1) 0.5") { Autocorrelation = 0.5, Sways = Sway.EachArm },
        new("per-arm AR(1) 0.8") { Autocorrelation = 0.8, Sways = Sway.EachArm },
        new("diurnal") { IsDiurnal = true },
        new("ramping 1/5/25/50 %") { IsRamping = true },
        new("2 rps") { RequestsPerSecond = 2, ErrorRate = 0.005 },
        new("zero-inflated") { ActiveShare = 0.05 },
    ];
}

internal enum Sway
{
    Nothing,
    BothAlike,
    EachArm,
}

/// <summary>How many times as bad the canary is.</summary>
internal readonly record struct Fault(double Errors, double Latency)
{
    public static readonly Fault None = new(1, 1);
}
