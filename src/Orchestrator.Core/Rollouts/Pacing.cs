using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Rollouts;

/// <summary>
/// How fast instances may be exchanged: never more than count + surge exist, terminating ones counted, and our own
/// steps never leave fewer than count − unavailable ready. What wants more than there were has the more at its end only.
/// </summary>
internal static class Pacing
{
    /// <summary>The next safe targets on the way to the goals; the same ones when nothing may move yet.</summary>
    public static RolloutEffect.SetTargets Next(Stage stage, StageFleet fleet, int oldGoal, int newGoal)
    {
        if (stage.Strategy.Exchange is Exchange.Recreate)
        {
            return new RolloutEffect.SetTargets(oldGoal, newGoal); // Nothing is placed before what is to go is gone.
        }

        var most = stage.Count + stage.Strategy.MaxSurge;
        var least = Math.Min(stage.Count, oldGoal + newGoal) - stage.Strategy.MaxUnavailable;
        var (old, @new) = (fleet.Old, fleet.New);

        // First give back what is too much, so that the other version can take the room once it is gone.
        // What is above a target is on its way out, and spares nobody.
        // On the way forward a new one must have proved itself before an old one goes for it.
        var counting = newGoal >= @new.Target ? @new.Healthy : @new.Ready;
        var (oldReady, newReady) = (Math.Min(old.Ready, old.Target), Math.Min(counting, @new.Target));
        var spare = Math.Max(0, oldReady + newReady - least);
        var oldTarget = Shrink(old, oldGoal, spare);
        var newTarget = Shrink(@new, newGoal, spare - Math.Max(0, oldReady - oldTarget));

        var room = Math.Max(0, most - Math.Max(old.Running, old.Target) - Math.Max(@new.Running, @new.Target));
        var oldGrowth = Math.Min(room, Math.Max(0, oldGoal - oldTarget));
        var newGrowth = Math.Min(room - oldGrowth, Math.Max(0, newGoal - newTarget));
        return new RolloutEffect.SetTargets(oldTarget + oldGrowth, newTarget + newGrowth);
    }

    /// <summary>Instances that are not ready serve nobody and may go at once; ready ones only as far as there are to spare.</summary>
    private static int Shrink(VersionFleet fleet, int goal, int spare)
    {
        var excess = Math.Max(0, fleet.Target - goal);
        var idle = Math.Max(0, fleet.Target - fleet.Ready);
        return fleet.Target - Math.Min(excess, idle + spare);
    }
}
