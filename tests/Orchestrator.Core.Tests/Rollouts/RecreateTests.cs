using CsCheck;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Rollouts.Rolling;

namespace Orchestrator.Core.Tests.Rollouts;

public sealed class RecreateTests
{
    /// <summary>One version has ready instances at a time; all the rest may be.</summary>
    private static readonly Gen<(int Old, int New)> Ready = Gen.OneOf(
        Gen.Int[0, Count].Select(old => (old, 0)),
        Gen.Int[0, Count].Select(@new => (0, @new))
    );

    [Fact]
    public void Everything_of_the_old_version_is_given_up_at_once() =>
        Assert.Contains(
            new RolloutEffect.SetTargets(Old: 0, New: Count),
            Observe(
                ARollout(Recreating, new RolloutPhase.Promoting(Ready: 0, Noon)),
                AFleet(Count, Count, Count),
                AFleet(0, 0, 0),
                Noon
            ).Effects
        );

    [Fact]
    public void Going_back_everything_of_the_new_version_is_given_up_at_once() =>
        Assert.Contains(
            new RolloutEffect.SetTargets(Old: Count, New: 0),
            Observe(
                ARollout(Recreating, new RolloutPhase.RollingBack("errors", Noon)),
                AFleet(0, 0, 0),
                AFleet(Count, Count, Count),
                Noon
            ).Effects
        );

    [Fact]
    public void The_traffic_is_where_instances_are_there_and_back() =>
        Ready.Sample(ready =>
        {
            RolloutPhase[] phases =
            [
                new RolloutPhase.Promoting(Ready: Count, Noon),
                new RolloutPhase.RollingBack("errors", Noon),
            ];
            foreach (var phase in phases)
            {
                var (old, @new) = (AFleet(Count, ready.Old, ready.Old), AFleet(Count, ready.New, ready.New));
                var effects = Observe(ARollout(Recreating, phase), old, @new, Noon).Effects;

                foreach (var shift in effects.OfType<RolloutEffect.ShiftTraffic>())
                {
                    Assert.Equal(ready.New > 0 ? 100 : 0, shift.NewPercent);
                }
            }
        });
}
