using System.Globalization;
using Orchestrator.Contracts.Http;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>What is to be said of a rollout that has two whole sets beside each other.</summary>
internal static class BlueGreenShapes
{
    private const int Preview = 0;
    private const int Switch = 1;
    private const int Keep = 2;
    private const int Done = 3;

    /// <summary>A first version stands beside nobody, and is promoted as any other.</summary>
    public static bool IsOf(Rollout rollout) =>
        rollout is { From: not null, Stage.Strategy.Exchange: Exchange.BlueGreen };

    /// <summary>By what testers reach the new version, or how long the old one is there to go back to; empty else.</summary>
    public static string Note(Rollout rollout)
    {
        if (BlueGreen.IsPreviewed(rollout))
        {
            var name = $"{rollout.Service}.{rollout.Stage.Name}";
            return $"{rollout.To} answers at the host preview--{name} and to X-Orc-Version: {rollout.To}";
        }

        return RolloutMachine.Underlying(rollout.Phase) is RolloutPhase.Switched switched
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"all of the traffic is on {rollout.To}; {rollout.From} is kept until {switched.KeptUntil:HH:mm:ss}Z, and orc rollback goes back to it at once"
            )
            : "";
    }

    public static int StepIndex(Rollout rollout) =>
        RolloutMachine.Underlying(rollout.Phase) switch
        {
            RolloutPhase.AwaitingApproval { Before: ApprovalPoint.Promotion }
            or RolloutPhase.AwaitingWebhooks { Before: ApprovalPoint.Promotion }
            or RolloutPhase.Promoting => Switch,
            RolloutPhase.Switched => Keep,
            RolloutPhase.Succeeded => Done,
            _ => Preview,
        };

    public static IEnumerable<StepView> StepsOf(Rollout rollout, Func<int, string> stateOf)
    {
        var count = rollout.Stage.Count;
        yield return new StepView("preview", count, WeightPercent: 0, stateOf(Preview));
        yield return new StepView("switch", count, WeightPercent: 100, stateOf(Switch));
        yield return new StepView($"keep {rollout.From}", count, WeightPercent: 0, stateOf(Keep));
    }
}
