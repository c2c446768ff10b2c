using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Rollouts.Rolling;

namespace Orchestrator.Core.Tests.Rollouts;

/// <summary>How long a stage's judge looks, and how finely.</summary>
public sealed class StageJudgeTests
{
    private static readonly JudgePolicy Judge = ARollout(Rollingly, new RolloutPhase.Planned()).Stage.Judge;

    /// <summary>Samples are joined for the 64th part of a step at most, and for a minute in any case.</summary>
    [Theory]
    [InlineData(5, 1)]
    [InlineData(64, 1)]
    [InlineData(96, 1.5)]
    [InlineData(640, 10)]
    public void A_step_is_judged_from_its_bake_time_to_its_end(int judgeWithin, double age)
    {
        var step = new CanaryStep
        {
            Instances = 1,
            WeightPercent = 10,
            Bake = TimeSpan.FromMinutes(3),
            MinimumRequests = 100,
            JudgeWithin = TimeSpan.FromMinutes(judgeWithin),
        };

        var policy = StageJudge.PolicyOf(Judge, step);

        Assert.Equal(
            (step.Bake, step.JudgeWithin, TimeSpan.FromMinutes(age)),
            (policy.MinSoak, policy.MaxSoak, policy.MaxAge)
        );
    }

    [Fact]
    public void A_promotion_without_steps_is_judged_from_the_first_moment_on()
    {
        var policy = StageJudge.PolicyOf(Judge, step: null);

        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMinutes(1)), (policy.MinSoak, policy.MaxAge));
        Assert.True(policy.MaxSoak > TimeSpan.FromDays(365));
    }
}
