using System.Globalization;

namespace Orchestrator.Core.Rollouts;

/// <summary>How long instances of a rollout may take, and what is said of those that took longer.</summary>
internal static class RolloutPatience
{
    /// <summary>How long an instance may take until it counts.</summary>
    public static TimeSpan Patience(Rollout rollout) =>
        rollout.Stage.Strategy.ReadyWithin + rollout.Stage.Strategy.HealthyFor;

    /// <summary>The same object while nothing has changed, which is most of the time.</summary>
    public static Rollout Watch(Rollout rollout, int instances, StageFleet fleet, DateTimeOffset now)
    {
        var since = fleet.New.Ready >= instances ? (DateTimeOffset?)null : rollout.UnreadySince ?? now;
        return rollout.UnreadySince == since ? rollout : rollout with { UnreadySince = since };
    }

    public static bool IsUnreadyTooLong(Rollout rollout, DateTimeOffset now) =>
        rollout.UnreadySince is { } since && now - since >= rollout.Stage.Strategy.ReadyWithin;

    public static string NotReady(Rollout rollout, VersionFleet fleet) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"only {fleet.Ready} of {fleet.Target} instances ready within {rollout.Stage.Strategy.ReadyWithin.TotalSeconds} s{Unsteady(rollout, fleet)}{(fleet.Trouble.Length == 0 ? "" : ": ")}{fleet.Trouble}"
        );

    private static string Unsteady(Rollout rollout, VersionFleet fleet) =>
        fleet.Healthy < fleet.Ready
            ? string.Create(
                CultureInfo.InvariantCulture,
                $", and {fleet.Healthy} for {rollout.Stage.Strategy.HealthyFor.TotalSeconds} s on end"
            )
            : "";
}
