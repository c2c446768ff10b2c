using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Where one more instance of a service would go, and why not elsewhere.</summary>
/// <param name="Version">The newest that is wanted at the stage.</param>
/// <param name="Hosts">Every host, best first.</param>
/// <param name="Chosen">Null when no host fits.</param>
/// <param name="RunnerUp">Null when fewer than two fit.</param>
/// <param name="Missing">Why instances are missing as of the last decision; empty when none is.</param>
/// <param name="Preemption">Who would have to leave for one more, or why nobody may; empty when a host fits or nobody has a lower
/// priority.</param>
public sealed record ServiceExplanation(
    SemanticVersion Version,
    PlacementDecision Decision,
    ImmutableArray<HostExplanation> Hosts,
    HostScore? Chosen,
    HostScore? RunnerUp,
    string Missing,
    string Preemption
);

/// <summary>How a host looks now for an instance that is on it, were that instance not placed yet.</summary>
/// <param name="Best">Null when no host would fit.</param>
public sealed record InstanceStanding(HostAnswer Own, HostScore? Best);

/// <summary>Says, for people, where one more instance of a version would go and why not elsewhere.</summary>
public static class CellExplainer
{
    /// <summary>Null if nothing is deployed there, and no rollout is on its way.</summary>
    public static ServiceExplanation? Explain(Cell cell, DeploymentKey key)
    {
        if (Wanted(cell, key) is not var (version, pool))
        {
            return null;
        }

        var fleet = PlacementSight.FleetOf(cell, key);
        var spec = SpecOf(cell, key, version, pool);
        var hosts = fleet.Explain(spec);
        var scores = hosts
            .TakeWhile(host => host.Reasons.IsEmpty)
            .Take(2)
            .Select(host => ScoreOn(fleet, spec, host.Host))
            .ToList();
        var decision = fleet.Place(spec);
        return new ServiceExplanation(
            version.Number,
            decision,
            hosts,
            scores.ElementAtOrDefault(0),
            scores.ElementAtOrDefault(1),
            cell.Deployments.GetValueOrDefault(key)?.Unplaced ?? "",
            decision is PlacementDecision.Placed ? "" : PreemptionFor(cell, key, version, pool)
        );
    }

    /// <summary>Null as for <see cref="Explain"/>, or if there is no such host.</summary>
    public static HostAnswer? ExplainHost(Cell cell, DeploymentKey key, HostId host) =>
        cell.Hosts.ContainsKey(host) && Wanted(cell, key) is var (version, pool)
            ? PlacementSight.FleetOf(cell, key).Answer(SpecOf(cell, key, version, pool), host)
            : null;

    /// <summary>Null if its version or deployment is not there any more.</summary>
    public static InstanceStanding? ExplainInstance(Cell cell, Instance instance)
    {
        var key = new DeploymentKey(instance.Service, instance.Stage);
        if (
            !cell.Deployments.TryGetValue(key, out var deployment)
            || !cell.Versions.TryGetValue(new VersionKey(key.Service, instance.Version), out var version)
        )
        {
            return null;
        }

        var fleet = PlacementSight.FleetOf(cell, key);
        var spec = SpecOf(cell, key, version, deployment.Pool);
        fleet.Take(instance.Host, default(Resources) - instance.Demand);
        if (instance.Phase is InstancePhase.Active)
        {
            fleet.Count(instance.Host, spec.Group, more: -1);
        }

        var best = fleet.Place(spec) is PlacementDecision.Placed placed ? ScoreOn(fleet, spec, placed.Host) : null;
        return new InstanceStanding(fleet.Answer(spec, instance.Host), best);
    }

    /// <summary>Whether an entry of the journal tells of the placement of an instance.</summary>
    public static bool TellsOfPlacement(JournalEntry entry, InstanceId id) => PlacementRecord.Tells(entry, id);

    private static string PreemptionFor(Cell cell, DeploymentKey key, ServiceVersion version, PoolName pool)
    {
        var draft = CellDraft.From(cell, CellSettings.Distributed, epoch: 1, DateTimeOffset.MinValue);
        return new Preempting(draft, key, SpecOf(cell, key, version, pool), DateTimeOffset.MinValue).Foretell();
    }

    private static HostScore? ScoreOn(PlacementFleet fleet, PlacementSpec spec, HostId host) =>
        fleet.Answer(spec, host) is HostAnswer.Fits(var score) ? score : null;

    /// <summary>The newest version that is wanted there, or that a rollout which has placed nothing yet will want.</summary>
    private static (ServiceVersion Version, PoolName Pool)? Wanted(Cell cell, DeploymentKey key)
    {
        var (number, pool) = cell.Deployments.GetValueOrDefault(key) is { Targets: [.., var target] } deployment
            ? (target.Version, deployment.Pool)
            : cell
                .Rollouts.Values.Where(rollout => !RolloutMachine.IsFinished(rollout))
                .Where(rollout => rollout.Service == key.Service && rollout.Stage.Name == key.Stage)
                .Select(rollout => (rollout.To, rollout.Stage.Pool))
                .LastOrDefault();
        return number is not null && cell.Versions.TryGetValue(new VersionKey(key.Service, number), out var version)
            ? (version, pool)
            : null;
    }

    private static PlacementSpec SpecOf(Cell cell, DeploymentKey key, ServiceVersion version, PoolName pool) =>
        new(
            PlacementSight.Request(cell.Pools.GetValueOrDefault(pool), version.Template),
            new PlacementGroup(key.Service, key.Stage)
        );
}
