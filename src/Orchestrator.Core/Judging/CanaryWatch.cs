using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// A canary under judgement, sample by sample. It fails as soon as the evidence of a critical metric reaches 1/α of its own,
/// or that of the pool its; by the union bound all of them together err with at most the policy's α. Metrics that are judged by
/// other rules fail it by those, and are in no bound.
/// </summary>
internal sealed class CanaryWatch
{
    private readonly ImmutableArray<MetricJudge> _metrics;
    private readonly double[] _logLimits;
    private readonly int[] _pool;
    private readonly double[] _poolWeights;
    private readonly double[] _poolEvidence;
    private readonly double _logPoolLimit;
    private readonly RankSumPolicy? _ranks;

    /// <param name="noises">One for each metric.</param>
    /// <exception cref="ArgumentOutOfRangeException">The policy has mistakes, or another number of metrics.</exception>
    public CanaryWatch(CanaryPolicy policy, ImmutableArray<Noise> noises)
    {
        if (policy.Mistakes() is { IsEmpty: false } mistakes)
        {
            throw new ArgumentOutOfRangeException(nameof(policy), policy, string.Join("; ", mistakes));
        }

        if (noises.Length != policy.Metrics.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(noises), noises.Length, "Each metric has its noise.");
        }

        var metrics = ImmutableArray.CreateBuilder<MetricJudge>(policy.Metrics.Length);
        for (var index = 0; index < policy.Metrics.Length; index++)
        {
            metrics.Add(new MetricJudge(policy.Metrics[index], noises[index], policy.Ranks));
        }

        _metrics = metrics.ToImmutable();
        _ranks = _metrics.Any(metric => metric.Ranked is not null) ? policy.Ranks : null;
        _pool = [.. Enumerable.Range(0, _metrics.Length).Where(index => Weight(policy.Metrics[index]) > 0)];
        _poolWeights = [.. _pool.Select(index => Weight(policy.Metrics[index]))];
        _poolEvidence = new double[_pool.Length];
        _logPoolLimit = _pool.Length > 0 ? -Natural.Log(policy.PooledAlpha) : 0;
        _logLimits =
        [
            .. policy.Metrics.Select(metric =>
                metric.Alpha is AlphaUse.Own own ? -Natural.Log(own.Alpha) : _logPoolLimit
            ),
        ];
    }

    public ImmutableArray<MetricJudge> Metrics => _metrics;

    /// <summary>
    /// What failed the canary; null while nothing has. It stays, and nothing that comes later counts: Ville's inequality bounds
    /// the first time the limit is reached, so a later fall does not take it back. Other rules fail for good likewise.
    /// </summary>
    public Failure? Failed { get; private set; }

    /// <summary>What the metrics that are judged by ranks come to together; null when there is none.</summary>
    public RuleVerdict? Ranked() =>
        _ranks is null
            ? null
            : RankSumRule.Score(_ranks, [.. _metrics.Select(metric => metric.Ranked?.Result).OfType<RankedResult>()]);

    /// <summary>The first metric that looks bad by means that may be wrong here; null when none does.</summary>
    public MetricJudge? Suspect()
    {
        for (var index = 0; index < _metrics.Length; index++)
        {
            if (Suspects(index))
            {
                return _metrics[index];
            }
        }

        return null;
    }

    public bool Suspects(MetricJudge metric) => Suspects(_metrics.IndexOf(metric));

    public void Observe(int metric, MetricSample sample)
    {
        if (Failed is not null)
        {
            return;
        }

        _metrics[metric].Observe(sample);
        if (!_metrics[metric].IsByEvidence)
        {
            LookAtRule(_metrics[metric]);
        }
        else if (_metrics[metric].Policy.Alpha is AlphaUse.Pooled)
        {
            LookAtPool();
        }
        else if (_metrics[metric].Worse.Reaches(_logLimits[metric]))
        {
            Failed = new Failure.ByEvidence(_metrics[metric], _metrics[metric].Worse.LogEvidence(), _logLimits[metric]);
        }
    }

    private bool Suspects(int metric) =>
        _metrics[metric].IsByEvidence && _metrics[metric].Hint.Reaches(_logLimits[metric]);

    private void LookAtRule(MetricJudge metric)
    {
        if ((metric.Ruled ?? Ranked()) is { Outcome: JudgementOutcome.Fail } failed)
        {
            Failed = new Failure.ByRule(metric, failed.Reason);
        }
    }

    private void LookAtPool()
    {
        var isNear = false;
        foreach (var index in _pool)
        {
            isNear |= _metrics[index].Worse.LogBound() >= _logPoolLimit;
        }

        // A mean is at most its largest part.
        if (!isNear)
        {
            return;
        }

        var worst = 0;
        for (var place = 0; place < _pool.Length; place++)
        {
            _poolEvidence[place] = _metrics[_pool[place]].Worse.LogEvidence();
            worst = _poolEvidence[place] > _poolEvidence[worst] ? place : worst;
        }

        var evidence = EvidencePool.LogMean(_poolEvidence, _poolWeights);
        if (evidence >= _logPoolLimit)
        {
            Failed = new Failure.ByEvidence(_metrics[_pool[worst]], evidence, _logPoolLimit);
        }
    }

    private static double Weight(MetricPolicy metric) => metric.Alpha is AlphaUse.Pooled pooled ? pooled.Weight : 0;

    /// <param name="Metric">That has the most to do with it.</param>
    internal abstract record Failure(MetricJudge Metric)
    {
        public sealed record ByEvidence(MetricJudge Metric, double LogEvidence, double LogLimit) : Failure(Metric);

        public sealed record ByRule(MetricJudge Metric, string Reason) : Failure(Metric);
    }
}
