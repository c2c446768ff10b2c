namespace Orchestrator.Core.Judging;

/// <summary>
/// Normal mixtures of <c>exp(λS − λ²V/2)</c>, in log space: S is a sum of differences that are not expected to be positive, V
/// their variance so far. With V = Σd² of differences whose sign is as likely one as the other they are e-processes for any
/// distribution (e-process B); with a known variance, for normal differences (e-process C).
/// </summary>
internal static class NormalMixture
{
    /// <summary>The ρ that makes evidence strongest when V is about this much.</summary>
    /// <param name="alpha">Twice the risk where only one side counts.</param>
    public static double Tuned(double variance, double alpha)
    {
        var log = -2 * Natural.Log(alpha);
        return variance / (log + Natural.Log(1 + log));
    }

    /// <summary>Evidence that the differences are not 0 on average.</summary>
    public static double LogTwoSided(double sum, double variance, double rho) =>
        (Natural.Log(rho / (variance + rho)) / 2) + (sum * sum / (2 * (variance + rho)));

    /// <summary>Evidence that the differences are positive on average: the mixture over positive λ alone.</summary>
    public static double LogOneSided(double sum, double variance, double rho) =>
        Natural.Log(2) + LogTwoSided(sum, variance, rho) + Gaussian.LogBelow(sum / Math.Sqrt(variance + rho));

    /// <summary>mSPRT: evidence that a mean of so many differences of known variance is not 0.</summary>
    /// <param name="spread">τ, how large a difference is looked for.</param>
    public static double LogOfMean(double mean, double variance, long count, double spread) =>
        LogTwoSided(count * mean, count * variance, variance * variance / (spread * spread));
}
