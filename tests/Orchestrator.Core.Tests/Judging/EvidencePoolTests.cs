using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class EvidencePoolTests
{
    [Fact]
    public void The_evidence_of_a_pool_is_the_weighted_mean_of_its_parts()
    {
        var pooled = EvidencePool.LogMean([Math.Log(1000), Math.Log(1), Math.Log(0.5)], [1, 1, 2]);

        Assert.Equal((1000 + 1 + (2 * 0.5)) / 4, Math.Exp(pooled), tolerance: 1e-9);
    }

    [Fact]
    public void Evidence_far_beyond_doubles_can_be_pooled() =>
        Assert.Equal(5000 - Math.Log(2), EvidencePool.LogMean([5000, -5000], [1, 1]), tolerance: 1e-9);
}
