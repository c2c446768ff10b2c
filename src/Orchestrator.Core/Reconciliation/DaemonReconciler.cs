using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Keeps one instance of a daemon on every host that matches. A new one waits until nothing of the daemon is left on its
/// host, so versions are exchanged in place and two never run side by side.
/// </summary>
internal static class DaemonReconciler
{
    /// <summary>More names than people read.</summary>
    private const int MostNamed = 5;

    public static void Reconcile(CellDraft draft, DeploymentKey key, Deployment deployment, DateTimeOffset now)
    {
        var hosts = deployment.Targets.ToDictionary(
            target => target.Version,
            target => DaemonHosts.Of(draft, key, deployment.Pool, Template(draft, key, target.Version))
        );
        foreach (var instance in draft.ActiveOf(key))
        {
            if (!hosts.TryGetValue(instance.Version, out var matching))
            {
                InstanceReconciler.Drain(draft, instance, "its version is no longer wanted here", now);
            }
            else if (!matching.Contains(instance.Host))
            {
                InstanceReconciler.Drain(draft, instance, WhyNot(draft, instance.Host), now);
            }
        }

        var unplaced = new SortedSet<HostId>();
        foreach (var target in Targets(draft, key, deployment, hosts))
        {
            Reach(draft, key, target, hosts[target.Version], unplaced, now);
        }

        Note(draft, key, unplaced);
        DaemonHosts.Remember(draft, key, hosts.Values);
        draft.DirtyDeployments.Remove(key);
        var isAnyDraining = hosts.Values.Any(matching =>
            matching.ById.Any(host => draft.Hosts[host].Availability == HostAvailability.Draining)
        );
        if (unplaced.Count > 0 || isAnyDraining || draft.HasMore)
        {
            draft.DirtyDeployments.Add(key); // Others that leave a host make room there, or leave it to be the last.
        }
    }

    /// <summary>
    /// The rollout with a stage for as many hosts as can have the daemon now. Nobody can run beside the one it replaces,
    /// so there is no surge, and one host at least must go without for a moment.
    /// </summary>
    public static Rollout Sized(CellDraft draft, Rollout rollout)
    {
        var version = rollout is { Phase: RolloutPhase.RollingBack, From: { } from } ? from : rollout.To;
        var template = draft.Versions[new VersionKey(rollout.Service, version)].Template;
        return template.Kind is not ServiceKind.Daemon || RolloutMachine.IsFinished(rollout)
            ? rollout
            : ForHosts(draft, rollout, template);
    }

    private static Rollout ForHosts(CellDraft draft, Rollout rollout, InstanceTemplate template)
    {
        var key = new DeploymentKey(rollout.Service, rollout.Stage.Name);
        var taken = Taken(draft, key);
        var spec = PlacementSight.Spec(draft, key, rollout.Stage.Pool, template);
        var hosts = DaemonHosts
            .Of(draft, key, rollout.Stage.Pool, template)
            .ById.Where(host => taken.Contains(host) || draft.Fleet.HasRoom(spec, host))
            .ToList();
        var strategy = rollout.Stage.Strategy with
        {
            MaxSurge = 0,
            MaxUnavailable = Math.Max(1, rollout.Stage.Strategy.MaxUnavailable),
        };
        return rollout with
        {
            Stage = rollout.Stage with { Count = hosts.Count, Strategy = strategy },
            Domains = StageDomains.Sized(draft, rollout, hosts),
        };
    }

    /// <summary>As <see cref="Sized"/>, for one that begins: a step on all hosts would leave nothing to compare with.</summary>
    public static Rollout Planned(CellDraft draft, Rollout rollout)
    {
        var sized = Sized(draft, rollout);
        if (ReferenceEquals(sized, rollout))
        {
            return rollout;
        }

        var strategy = sized.Stage.Strategy;
        ImmutableArray<CanaryStep> steps = [.. strategy.Steps.Where(step => step.Instances < sized.Stage.Count)];
        return sized with { Stage = sized.Stage with { Strategy = strategy with { Steps = steps } } };
    }

    /// <summary>Without a rollout that counts up and down, every host that matches shall have one.</summary>
    private static ImmutableArray<VersionTarget> Targets(
        CellDraft draft,
        DeploymentKey key,
        Deployment deployment,
        Dictionary<SemanticVersion, MatchingHosts> hosts
    )
    {
        if (
            draft.IsRolling(key)
            || deployment.Targets is not [var only]
            || only.Count == hosts[only.Version].ById.Length
        )
        {
            return deployment.Targets;
        }

        var sized = deployment with { Targets = [only with { Count = hosts[only.Version].ById.Length }] };
        draft.Put(sized);
        return sized.Targets;
    }

    private static void Reach(
        CellDraft draft,
        DeploymentKey key,
        VersionTarget target,
        MatchingHosts hosts,
        SortedSet<HostId> unplaced,
        DateTimeOffset now
    )
    {
        var active = draft.ActiveOf(key).Where(instance => instance.Version == target.Version).ToList();
        var isTheirTurn = StageDomains.Turn(draft, key);
        var confinement = StageDomains.Confinement(draft, key, target.Version);
        var victims = active
            .OrderByDescending(instance => isTheirTurn(instance.Host))
            .ThenBy(instance => instance.IsReady)
            .ThenBy(instance => instance.Host)
            .Take(Math.Max(0, active.Count - target.Count));
        foreach (var victim in victims)
        {
            InstanceReconciler.Drain(draft, victim, "fewer are wanted", now);
        }

        var missing = target.Count - active.Count;
        var team = Quotas.TeamOf(draft, key.Service);
        var (spec, taken) = (Spec(draft, key, draft.Deployments[key].Pool, target.Version), Taken(draft, key));
        var record = PlacementRecord.OfDaemon(draft, key, target.Version, now);
        // One that has just returned gets a new one when it holds its newest assignment.
        foreach (
            var host in hosts.ById.Where(host =>
                !taken.Contains(host)
                && draft.Hosts[host].ReturnedAt is null
                && StageDomains.Admits(confinement, draft.Hosts[host])
            )
        )
        {
            if (missing <= 0 || draft.HasMore)
            {
                break;
            }

            var isAllowed = Quotas.Room(draft.QuotaSums, team, spec.Request.Demand) > 0;
            if (isAllowed && draft.Fleet.HasRoom(spec, host))
            {
                InstancePlacing.Put(draft, key, target.Version, record.Next, spec, host, now);
                record.Add(new PlacementChoice(host, Score: 0, Feasible: 0));
                missing--;
            }
            else
            {
                unplaced.Add(host);
            }
        }

        record.Write();
        if (draft.Deployments[key] is var deployment && deployment.NextInstanceNumber != record.Next)
        {
            draft.Put(deployment with { NextInstanceNumber = record.Next });
        }
    }

    private static void Note(CellDraft draft, DeploymentKey key, SortedSet<HostId> unplaced)
    {
        var more =
            unplaced.Count > MostNamed
                ? string.Create(CultureInfo.InvariantCulture, $" and {unplaced.Count - MostNamed} more")
                : "";
        var deployment = draft.Deployments[key];
        var reason =
            unplaced.Count == 0
                ? ""
                : RefusalOf(draft, key, deployment)
                    ?? $"no room on {string.Join(", ", unplaced.Take(MostNamed))}{more}";
        if (deployment.Unplaced != reason)
        {
            draft.Put(deployment with { Unplaced = reason });
        }
    }

    /// <summary>Null where the team's quota has room for one more of the newest version.</summary>
    private static string? RefusalOf(CellDraft draft, DeploymentKey key, Deployment deployment)
    {
        var (team, demand) = (
            Quotas.TeamOf(draft, key.Service),
            Template(draft, key, deployment.Targets[^1].Version).Request
        );
        return team is null || Quotas.Room(draft.QuotaSums, team, demand) > 0
            ? null
            : Quotas.Refusal(draft.QuotaSums, team, demand, instances: 1);
    }

    private static string WhyNot(CellDraft draft, HostId host) =>
        draft.Hosts[host].Availability == HostAvailability.Draining
            ? $"{host} drains, and everything else has left it"
            : $"{host} no longer matches";

    private static InstanceTemplate Template(CellDraft draft, DeploymentKey key, SemanticVersion version) =>
        draft.Versions[new VersionKey(key.Service, version)].Template;

    private static PlacementSpec Spec(CellDraft draft, DeploymentKey key, PoolName pool, SemanticVersion version) =>
        PlacementSight.Spec(draft, key, pool, Template(draft, key, version));

    /// <summary>In whatever phase: also what stops, and what is to be stopped on a host that came back.</summary>
    private static HashSet<HostId> Taken(CellDraft draft, DeploymentKey key) =>
        [.. draft.InstancesOf(key).Select(instance => instance.Host)];
}
