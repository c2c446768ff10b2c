namespace Orchestrator.Core.Judging;

/// <summary>
/// e-process E: the mean, by weights fixed beforehand, of e-processes that may depend on each other in any way is one. Ten
/// metrics in a pool cost each other ln 10 of evidence, and no knowledge of how they hang together.
/// </summary>
internal static class EvidencePool
{
    /// <param name="logEvidence">Of each, in a fixed order, so that it replays bit for bit.</param>
    /// <param name="weights">As many, positive; they need not sum to 1.</param>
    public static double LogMean(ReadOnlySpan<double> logEvidence, ReadOnlySpan<double> weights)
    {
        var largest = double.NegativeInfinity;
        var total = 0.0;
        for (var index = 0; index < logEvidence.Length; index++)
        {
            largest = Math.Max(largest, logEvidence[index]);
            total += weights[index];
        }

        var sum = 0.0;
        for (var index = 0; index < logEvidence.Length; index++)
        {
            sum += weights[index] / total * Natural.Exp(logEvidence[index] - largest);
        }

        return largest + Natural.Log(sum);
    }
}
