using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// What was seen of a canary so far. It never changes, and adding a sample to it gives another; what was concluded from the
/// samples goes along to the newest, so that each is judged once. Made anew from what is stored it concludes the same, bit for
/// bit.
/// </summary>
/// <remarks>
/// The first thousand samples are judged as they come. Later ones are joined before they are judged, the older the canary the
/// longer, so that some two thousand are kept of a day. When to join depends on time and on how many came, never on what they
/// say, so e-processes stay valid.
/// </remarks>
public sealed class CanaryEvidence
{
    /// <summary>So many are judged as they come.</summary>
    private const int Unjoined = 1000;

    /// <summary>A joined sample lasts at most this part of the canary's age; so late is a judgement for it.</summary>
    private const int Resolution = 256;

    private CanaryWatch? _watch;
    private DateTimeOffset? _judgedUntil;

    public required CanaryPolicy Policy { get; init; }

    /// <summary>One for each metric of the policy, in its order.</summary>
    public required ImmutableArray<Noise> Noises { get; init; }

    /// <summary>When samples could come first.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What was judged, in the order in which it came.</summary>
    public required ObservationLog Judged { get; init; }

    /// <summary>What was not judged yet, for each metric; null for none.</summary>
    public required ImmutableArray<MetricSample?> Pending { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">The policy has mistakes, or there are other metrics than noises.</exception>
    public static CanaryEvidence Begin(CanaryPolicy policy, ImmutableArray<Noise> noises, DateTimeOffset now) =>
        new()
        {
            Policy = policy,
            Noises = noises,
            Since = now,
            Judged = ObservationLog.Empty,
            Pending = [.. new MetricSample?[policy.Metrics.Length]],
            _watch = new CanaryWatch(policy, noises),
        };

    /// <summary>When the last sample of a metric ended that counts; null before the first.</summary>
    public DateTimeOffset? Until(int metric) =>
        Pending[metric] is { } pending and not MetricSample.Missing
            ? pending.To
            : LastJudged(metric, mustCount: true)?.To;

    /// <summary>The last that came of a metric, whether it counts or is a gap; null before the first.</summary>
    public MetricSample? Last(int metric) => Pending[metric] ?? LastJudged(metric, mustCount: false);

    /// <param name="metric">Its place in the policy.</param>
    public CanaryEvidence With(int metric, MetricSample sample)
    {
        var usable = Usable(metric, sample);
        if (Pending[metric] is not { } pending)
        {
            return WithJoined(metric, usable);
        }

        return SampleJoin.Join(pending, usable) is { } joined
            ? WithJoined(metric, joined)
            : WithJudged(metric, pending).WithJoined(metric, usable);
    }

    /// <summary>The same without an end by samples: once its steps are over a canary is watched, and nobody waits for a verdict.</summary>
    public CanaryEvidence WithoutEnd() =>
        Policy.Metrics.All(metric => metric.MaxSamples == long.MaxValue)
            ? this
            : new CanaryEvidence
            {
                Policy = Policy with
                {
                    Metrics = [.. Policy.Metrics.Select(metric => metric with { MaxSamples = long.MaxValue })],
                },
                Noises = Noises,
                Since = Since,
                Judged = Judged,
                Pending = Pending,
            };

    /// <summary>The same, with the next page of what was judged handed to the store.</summary>
    public CanaryEvidence WithPageStored() => Next(Judged.WithPageStored(), Pending, Take());

    /// <summary>The same, read without what was seen before it: whole pages.</summary>
    public CanaryEvidence After(ImmutableArray<MetricObservation> pages) =>
        new()
        {
            Policy = Policy,
            Noises = Noises,
            Since = Since,
            Judged = ObservationLog.Of([.. pages, .. Judged], pages.Length / ObservationLog.PageSize),
            Pending = Pending,
        };

    /// <param name="began">When the canary began to take traffic.</param>
    public Judgement JudgeAt(DateTimeOffset began, DateTimeOffset now)
    {
        var until = JudgedUntil();
        var watch = Take();
        var judgement = CanaryJudge.Judge(
            watch,
            new JudgeInputs
            {
                Policy = Policy,
                Noises = Noises,
                Observations = Judged,
                Began = began,
                Now = now > until ? now : until,
            }
        );
        Volatile.Write(ref _watch, watch);
        return judgement;
    }

    /// <summary>What may not count must not be joined with what may: it becomes a gap that says why.</summary>
    private MetricSample Usable(int metric, MetricSample sample)
    {
        var after = Until(metric) ?? DateTimeOffset.MinValue;
        return SampleCheck.Refuse(Policy.Metrics[metric], sample, after) is { } why
            ? new MetricSample.Missing(sample.From, sample.To, why)
            : sample;
    }

    private CanaryEvidence WithJoined(int metric, MetricSample joined) =>
        Judged.Count >= Unjoined && joined.To - joined.From < (joined.To - Since) / Resolution
            ? Next(Judged, Pending.SetItem(metric, joined), Take())
            : WithJudged(metric, joined);

    private CanaryEvidence WithJudged(int metric, MetricSample sample)
    {
        var until = JudgedUntil();
        var watch = Take();
        watch.Observe(metric, sample);
        var next = Next(Judged.Add(new MetricObservation(metric, sample)), WithoutPending(metric), watch);
        next._judgedUntil = sample.To > until ? sample.To : until;
        return next;
    }

    private CanaryEvidence Next(ObservationLog judged, ImmutableArray<MetricSample?> pending, CanaryWatch watch) =>
        new()
        {
            Policy = Policy,
            Noises = Noises,
            Since = Since,
            Judged = judged,
            Pending = pending,
            _watch = watch,
            _judgedUntil = _judgedUntil,
        };

    private MetricSample? LastJudged(int metric, bool mustCount)
    {
        for (var index = Judged.Count - 1; index >= 0; index--)
        {
            var (of, sample) = Judged[index];
            if (of == metric && !(mustCount && sample is MetricSample.Missing))
            {
                return sample;
            }
        }

        return null;
    }

    private ImmutableArray<MetricSample?> WithoutPending(int metric) =>
        Pending[metric] is null ? Pending : Pending.SetItem(metric, null);

    private DateTimeOffset JudgedUntil() =>
        _judgedUntil ??= Judged.Select(judged => judged.Sample.To).DefaultIfEmpty(DateTimeOffset.MinValue).Max();

    /// <summary>Whoever has it may change it, so there is one at a time; all others make their own.</summary>
    private CanaryWatch Take()
    {
        if (Interlocked.Exchange(ref _watch, null) is { } mine)
        {
            return mine;
        }

        var watch = new CanaryWatch(Policy, Noises);
        foreach (var (metric, sample) in Judged)
        {
            watch.Observe(metric, sample);
        }

        return watch;
    }
}
