using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Benchmarks.Judging;

/// <summary>Ten seconds of both arms.</summary>
internal sealed record Slot(MetricSample.Counted Errors, MetricSample.Histograms Latency, MetricSample.Levels Cpu);

/// <summary>Simulated traffic, ten seconds at a time: errors, a latency histogram, and CPU used.</summary>
internal sealed class TrafficStream(StreamKind kind, Fault fault, Dice dice)
{
    public const int SlotSeconds = 10;
    public const int SlotsAnHour = 3600 / SlotSeconds;

    private const double ErrorSway = 0.5;
    private const double LatencySway = 0.05;
    private const double CpuSway = 0.05;
    private const double CpuNoise = 0.05;
    private const double DiurnalSway = 0.8;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly double[] Weights = [0.01, 0.05, 0.25, 0.5];

    private double _canarySway = dice.Normal();
    private double _controlSway = dice.Normal();

    /// <param name="isRollout">Whether the canary's share ramps; in the A/A phase it is half.</param>
    public Slot At(int slot, bool isRollout)
    {
        MoveSways();
        var share = kind.IsRamping && isRollout ? Weights[slot / (SlotsAnHour / Weights.Length) % Weights.Length] : 0.5;
        var day = kind.IsDiurnal ? 1 + (DiurnalSway * Math.Sin(2 * Math.PI * slot / SlotsAnHour)) : 1;
        var canary = Arm(share * day, day, _canarySway, isRollout ? fault : Fault.None);
        var control = Arm((1 - share) * day, day, _controlSway, Fault.None);
        var from = Start.AddSeconds((double)slot * SlotSeconds);
        var to = from.AddSeconds(SlotSeconds);
        return new Slot(
            new MetricSample.Counted(from, to, canary.Requests, canary.Errors, control.Requests, control.Errors),
            new MetricSample.Histograms(from, to, canary.Latency, control.Latency),
            new MetricSample.Levels(from, to, canary.Cpu, control.Cpu)
        );
    }

    private void MoveSways()
    {
        var rest = Math.Sqrt(1 - (kind.Autocorrelation * kind.Autocorrelation));
        _canarySway = (kind.Autocorrelation * _canarySway) + (rest * dice.Normal());
        _controlSway =
            kind.Sways == Sway.EachArm ? (kind.Autocorrelation * _controlSway) + (rest * dice.Normal()) : _canarySway;
    }

    private ArmSlot Arm(double traffic, double day, double sway, Fault worse)
    {
        var strength = kind.Sways == Sway.Nothing ? 0 : 1;
        var latency = LatencyTable.Draw(
            dice,
            kind.RequestsPerSecond * SlotSeconds * traffic,
            (strength * LatencySway * sway) + Math.Log(worse.Latency)
        );
        var requests = latency.Sum();
        var rate =
            kind.ErrorRate
            * worse.Errors
            * day
            * Math.Exp(strength * ((ErrorSway * sway) - (ErrorSway * ErrorSway / 2)));
        var isActive = kind.ActiveShare >= 1 || dice.Unit() < kind.ActiveShare;
        var bursts = isActive ? dice.Poisson(requests * rate / kind.ActiveShare / kind.Burst) : 0;
        var cpu = Math.Exp((strength * CpuSway * sway) + (CpuNoise * dice.Normal()));
        return new ArmSlot(requests, Math.Min(requests, bursts * kind.Burst), latency, cpu);
    }

    private readonly record struct ArmSlot(long Requests, long Errors, ImmutableArray<long> Latency, double Cpu);
}
