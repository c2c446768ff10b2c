using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// When to stop at looks that were planned before, equally far apart in information: Lan and DeMets' spending of O'Brien and
/// Fleming's kind, one-sided, α(t) = 2 − 2·Φ(z_{α/2}/√t) (Biometrika 70, 1983). Little is spent early, so the last bound is near to
/// that of a single look. Valid at those looks only.
/// </summary>
public static class GroupSequential
{
    /// <summary>Intervals of Simpson's rule; twice as many change the bounds in the seventh digit.</summary>
    private const int Intervals = 400;

    /// <summary>Standard deviations beyond which there is nothing left to integrate.</summary>
    private const double Far = 8;

    /// <summary>Standard errors beyond which no double has a probability.</summary>
    private const double Unreachable = 40;

    /// <summary>To the last digit of a double.</summary>
    private const int Halvings = 60;

    /// <summary>Standard errors from which on a look rejects the null; infinite where there is nothing to spend.</summary>
    /// <param name="alpha">Of rejecting it wrongly at any of the looks; above 0, below 0.5.</param>
    /// <param name="looks">1 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another probability, or another number of looks.</exception>
    public static ImmutableArray<double> Bounds(double alpha, int looks)
    {
        if (alpha is not (> 0 and < 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "It must be above 0 and below 0.5.");
        }

        if (looks is not (>= 1 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(looks), looks, "There must be 1 to 100.");
        }

        var bounds = ImmutableArray.CreateBuilder<double>(looks);
        var quantile = Root(Unreachable, z => Above(z) - (alpha / 2));
        var (spent, walk) = (0.0, Walk.Begin);
        for (var look = 1; look <= looks; look++)
        {
            var time = (double)look / looks;
            var spend = 2 * Above(quantile / Math.Sqrt(time));
            var (at, toSpend) = (walk, spend - spent);
            // The sum of all so far has the variance of the time; in it the bound is as many times its root.
            var bound =
                toSpend > 0
                    ? Root(Unreachable, z => at.Beyond(z * Math.Sqrt(time), 1.0 / looks) - toSpend)
                    : double.PositiveInfinity;
            bounds.Add(bound);
            walk = walk.Next(Math.Min(bound, Far) * Math.Sqrt(time), time, 1.0 / looks);
            spent = spend;
        }

        return bounds.ToImmutable();
    }

    private static double Above(double z) => Natural.Exp(Gaussian.LogBelow(-z));

    /// <summary>Where a function that falls becomes 0; its largest argument if it does not before.</summary>
    private static double Root(double largest, Func<double, double> falling)
    {
        var (low, high) = (-largest, largest);
        for (var halving = 0; halving < Halvings; halving++)
        {
            var middle = (low + high) / 2;
            (low, high) = falling(middle) > 0 ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>Where a sum of normal steps is, given that it has not been beyond a bound: weights of points.</summary>
    private sealed record Walk(double[] Points, double[] Weights)
    {
        public static readonly Walk Begin = new([0], [1]);

        /// <summary>Probability of being beyond a bound after one more step.</summary>
        public double Beyond(double bound, double variance)
        {
            var sum = 0.0;
            for (var from = 0; from < Points.Length; from++)
            {
                sum += Weights[from] * Above((bound - Points[from]) / Math.Sqrt(variance));
            }

            return sum;
        }

        /// <param name="time">Variance of the whole sum after this step.</param>
        public Walk Next(double bound, double time, double variance)
        {
            var least = -Far * Math.Sqrt(time);
            var width = (bound - least) / Intervals;
            var (points, weights) = (new double[Intervals + 1], new double[Intervals + 1]);
            for (var place = 0; place <= Intervals; place++)
            {
                points[place] = least + (place * width);
                weights[place] = Simpson(place) * width / 3 * DensityAt(points[place], variance);
            }

            return new Walk(points, weights);
        }

        private double DensityAt(double point, double variance)
        {
            var sum = 0.0;
            for (var from = 0; from < Points.Length; from++)
            {
                var step = point - Points[from];
                sum += Weights[from] * Natural.Exp(-(step * step / (2 * variance)) - Gaussian.LogRootTwoPi);
            }

            return sum / Math.Sqrt(variance);
        }

        private static double Simpson(int place) =>
            place switch
            {
                0 or Intervals => 1,
                _ when place % 2 == 1 => 4,
                _ => 2,
            };
    }
}
