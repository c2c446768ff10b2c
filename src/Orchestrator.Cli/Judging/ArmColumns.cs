using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>Which metrics two files hold, and how a line of each becomes a sample.</summary>
internal sealed class ArmColumns
{
    private const string Requests = "requests";
    private const string ErrorsName = "errors";
    private const string LatencyName = "latency";
    private const string BucketPrefix = "le_";
    private const string LastBucket = "le_inf";

    private readonly ArmFile _baseline;
    private readonly ArmFile _canary;

    public ArmColumns(ArmFile baseline, ArmFile canary)
    {
        (_baseline, _canary) = (baseline, canary);
        var missing = baseline.Columns.Except(canary.Columns, StringComparer.Ordinal).FirstOrDefault();
        var surplus = canary.Columns.Except(baseline.Columns, StringComparer.Ordinal).FirstOrDefault();
        if ((missing ?? surplus) is { } column)
        {
            var (without, with) = missing is null ? (baseline, canary) : (canary, baseline);
            throw new CommandFailedException(
                ExitCode.Usage,
                $"{without.Path}:1 has no column '{column}', and {with.Path} has.",
                "Both arms must be measured alike."
            );
        }
    }

    /// <summary>Names of all metrics that the columns hold.</summary>
    public IReadOnlyList<string> Names()
    {
        var columns = _baseline.Columns;
        var names = new List<string>();
        if (columns.Contains(Requests, StringComparer.Ordinal) && columns.Contains(ErrorsName, StringComparer.Ordinal))
        {
            names.Add(ErrorsName);
        }

        if (columns.Any(IsBucket))
        {
            names.Add(LatencyName);
        }

        names.AddRange(
            columns.Where(name => name is not (ArmFile.TimeColumn or Requests or ErrorsName) && !IsBucket(name))
        );
        return names;
    }

    public MetricMeasure MeasureOf(string name, JudgeMetricFile policy) =>
        name switch
        {
            ErrorsName => new MetricMeasure.Share(policy.Acceptable),
            LatencyName => new MetricMeasure.Quantile(policy.Quantile, Bounds()),
            _ => new MetricMeasure.Level(),
        };

    /// <param name="every">How long an interval is.</param>
    public MetricSample SampleOf(string name, DateTimeOffset from, TimeSpan every)
    {
        var to = from + every;
        if (!_canary.Rows.TryGetValue(from, out var canary))
        {
            return new MetricSample.Missing(from, to, "the canary has no line for this time");
        }

        if (!_baseline.Rows.TryGetValue(from, out var baseline))
        {
            return new MetricSample.Missing(from, to, "the baseline has no line for this time");
        }

        return name switch
        {
            ErrorsName => Counted(from, to, canary, baseline),
            LatencyName => Histograms(from, to, canary, baseline),
            _ => new MetricSample.Levels(from, to, canary[IndexIn(_canary, name)], baseline[IndexIn(_baseline, name)]),
        };
    }

    private MetricSample Counted(DateTimeOffset from, DateTimeOffset to, double[] canary, double[] baseline)
    {
        long?[] counts =
        [
            Count(canary[IndexIn(_canary, Requests)]),
            Count(canary[IndexIn(_canary, ErrorsName)]),
            Count(baseline[IndexIn(_baseline, Requests)]),
            Count(baseline[IndexIn(_baseline, ErrorsName)]),
        ];
        return counts is [{ } canaryTotal, { } canaryErrors, { } baselineTotal, { } baselineErrors]
            ? new MetricSample.Counted(from, to, canaryTotal, canaryErrors, baselineTotal, baselineErrors)
            : new MetricSample.Missing(from, to, "a count of requests or errors is missing or no whole number");
    }

    private MetricSample Histograms(DateTimeOffset from, DateTimeOffset to, double[] canary, double[] baseline) =>
        Histogram(_canary, canary) is { } left && Histogram(_baseline, baseline) is { } right
            ? new MetricSample.Histograms(from, to, left, right)
            : new MetricSample.Missing(from, to, "a bucket of the latency is missing or no whole number");

    private ImmutableArray<long>? Histogram(ArmFile file, double[] row)
    {
        var counts = ImmutableArray.CreateBuilder<long>();
        foreach (var bucket in BucketsInOrder().Append(LastBucket))
        {
            var index = IndexIn(file, bucket);
            if ((index < 0 ? 0 : Count(row[index])) is not { } count)
            {
                return null;
            }

            counts.Add(count);
        }

        return counts.ToImmutable();
    }

    private ImmutableArray<double> Bounds() => [.. BucketsInOrder().Select(BoundOf)];

    private IEnumerable<string> BucketsInOrder() =>
        _baseline.Columns.Where(name => IsBucket(name) && name != LastBucket).OrderBy(BoundOf);

    private double BoundOf(string bucket) =>
        double.TryParse(
            bucket.AsSpan(BucketPrefix.Length),
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out var bound
        )
        && bound > 0
            ? bound
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"{_baseline.Path}:1 has the column '{bucket}', which names no bound.",
                "Name buckets by their upper bound, such as le_0.25, and the last one le_inf."
            );

    private static bool IsBucket(string name) => name.StartsWith(BucketPrefix, StringComparison.Ordinal);

    private static int IndexIn(ArmFile file, string column)
    {
        for (var index = 0; index < file.Columns.Count; index++)
        {
            if (file.Columns[index] == column)
            {
                return index;
            }
        }

        return -1;
    }

    private static long? Count(double number) =>
        Math.Abs(number) < 1L << 52 && Math.Floor(number) >= number ? (long)number : null;
}
