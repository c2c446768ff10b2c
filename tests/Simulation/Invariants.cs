using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Simulation;

/// <summary>What must hold after every step, whatever goes wrong.</summary>
internal static class Invariants
{
    public static void Check(World world)
    {
        NoHostIsAssignedMoreThanItHas(world);
        NoMoreThanCountAndSurge(world);
        NothingIsTakenFromWhoNeedsIt(world);
        NoTeamIsPlacedAboveItsQuota(world);
        NothingNewGoesToAHostThatTakesNone(world);
        NothingRunsUnapproved(world);
        TrafficGoesOnlyToDeclaredVersions(world);
        WhatIsRecreatedNeverRunsTwice(world);
        NoVersionIsWhereItsRolloutIsNotYet(world);
        ADaemonHasOneOnAHost(world);
        ABatchCountsWhatItWants(world);
    }

    /// <summary>
    /// Nothing is placed beside an instance of another version, nor beyond the count; and while one version has ready
    /// instances the other does not have all of the traffic.
    /// </summary>
    private static void WhatIsRecreatedNeverRunsTwice(World world)
    {
        var recreated = world
            .Cell.Lines.Values.SelectMany(line => line.Route.Select(stage => (line.Service, Stage: stage)))
            .Where(each => each.Stage.Strategy.Exchange is Exchange.Recreate);
        foreach (var (service, stage) in recreated)
        {
            var key = new DeploymentKey(service, stage.Name);
            var there = world
                .Cell.Instances.Of(key)
                .Where(each => each.Phase is not InstancePhase.Lost && world.Cell.Hosts[each.Host].LostSince is null)
                .ToList();
            var isPlacedNow = there.Exists(each => world.Before.Instances.Find(each.Id) is null);
            Assert.False(
                isPlacedNow && there.Select(each => each.Version).Distinct().Count() > 1,
                $"{key} runs two versions\n{world.Tail()}"
            );
            foreach (var target in world.Cell.Deployments.GetValueOrDefault(key)?.Targets ?? [])
            {
                Assert.False(
                    target.WeightPercent == 100
                        && there.Exists(each => each.IsReady)
                        && there.TrueForAll(each => !each.IsReady || each.Version != target.Version)
                        && world.Cell.Rollouts.Values.Any(each => each.Phase is RolloutPhase.Promoting),
                    $"{key} sends all requests to {target.Version}, of which none is ready\n{world.Tail()}"
                );
            }
        }
    }

    /// <summary>While it goes from domain to domain. What comes back with a lost host was there before.</summary>
    private static void NoVersionIsWhereItsRolloutIsNotYet(World world)
    {
        foreach (var rollout in world.Cell.Rollouts.Values)
        {
            if (RolloutDomains.OpenAt(rollout) is not { } open)
            {
                continue;
            }

            var active = world
                .Cell.Instances.Of(new DeploymentKey(rollout.Service, rollout.Stage.Name))
                .Where(each => each.Phase is InstancePhase.Active)
                .ToLookup(each => each.Version);
            Assert.All(active[rollout.To], each => Assert.Contains(DomainOf(world, each, open.Label), open.Names));
            Assert.All(
                active[rollout.From!].Where(each => world.Before.Instances.Find(each.Id) is null),
                each => Assert.DoesNotContain(DomainOf(world, each, open.Label), open.Names)
            );
        }
    }

    private static string DomainOf(World world, Instance instance, string label) =>
        world.Cell.Hosts[instance.Host].Labels.GetValueOrDefault(label, "");

    private static ServiceKind KindOf(World world, ServiceName service) => world.Cell.Services[service].Template.Kind;

    /// <summary>Neither wanted nor in truth: versions are exchanged one after the other.</summary>
    private static void ADaemonHasOneOnAHost(World world)
    {
        var daemons = world.Cell.Services.Values.Where(service => service.Template.Kind is ServiceKind.Daemon);
        foreach (var daemon in daemons.Select(service => service.Name))
        {
            var active = world.Cell.Instances.Values.Where(instance =>
                instance.Service == daemon && instance.Phase is InstancePhase.Active
            );
            Assert.True(
                active.CountBy(instance => (instance.Stage, instance.Host)).All(each => each.Value == 1),
                $"{daemon} is wanted twice on a host\n{world.Tail()}"
            );
            foreach (var host in world.Hosts.Values)
            {
                var running = host.Containers.Count(each =>
                    each.Id.Value.StartsWith($"{daemon}.{Builders.Prod}.", StringComparison.Ordinal)
                );
                Assert.True(running <= 1, $"{host.Id} runs {daemon} {running} times\n{world.Tail()}");
            }
        }
    }

    private static void ABatchCountsWhatItWants(World world)
    {
        foreach (var deployment in world.Cell.Deployments.Values.Where(each => each.Run is not null))
        {
            var (run, batch) = (deployment.Run!, (ServiceKind.Batch)KindOf(world, deployment.Service));
            var active = world.Cell.Instances.Values.Count(instance =>
                instance.Service == deployment.Service
                && instance.Stage == deployment.Stage
                && instance.Phase is InstancePhase.Active
            );
            Assert.InRange(active, 0, Math.Min(batch.Parallelism, run.Wanted - run.Completed));
            Assert.InRange(run.Completed, 0, run.Wanted);
            Assert.InRange(run.Failed, 0, batch.Retries + batch.Parallelism);
            Assert.True(run.Outcome is not BatchOutcome.Completed || run.Completed == run.Wanted, world.Tail());
            Assert.True(
                run.Completed <= world.Hosts.Values.Sum(host => host.ExitedWell),
                $"{run.Completed} counted\n{world.Tail()}"
            );
        }
    }

    private static void NoHostIsAssignedMoreThanItHas(World world)
    {
        var rules = new CapacityRules(world.Cell.Pools.Values);
        foreach (var host in world.Cell.Hosts.Values)
        {
            var capacity = rules.Apply(host).Capacity;
            var used = world
                .Cell.Instances.Values.Where(instance => instance.Host == host.Id)
                .Aggregate(default(Resources), (sum, instance) => sum + instance.Demand);
            var reserved = world
                .Cell.Trains.Values.SelectMany(train => train.Reservations)
                .SelectMany(each => each.Rooms)
                .Where(room => room.Host == host.Id)
                .Aggregate(default(Resources), (sum, room) => sum + room.Room);
            Assert.True(
                capacity.Covers((used + reserved).CountedOn(capacity)),
                $"{host.Id} has {capacity}, is assigned {used} and keeps {reserved}\n{world.Tail()}"
            );
        }
    }

    private static void NoMoreThanCountAndSurge(World world)
    {
        foreach (var deployment in world.Cell.Deployments.Values)
        {
            if (KindOf(world, deployment.Service) is not ServiceKind.Service)
            {
                continue;
            }

            var stage = StageOf(world, new DeploymentKey(deployment.Service, deployment.Stage));
            var active = world.Cell.Instances.Values.Count(instance =>
                instance.Service == deployment.Service
                && instance.Stage == deployment.Stage
                && instance.Phase is not InstancePhase.Lost
                && world.Cell.Hosts[instance.Host].LostSince is null
            );
            var isRolling = world.Cell.Rollouts.Values.Any(rollout => !RolloutMachine.IsFinished(rollout));
            var isHostDraining = world.Cell.Hosts.Values.Any(host => host.Availability == HostAvailability.Draining);
            // Draining a host may start one replacement beside a rollout's own surge; replaced losses may come back.
            var most = stage.Count + stage.Strategy.MaxSurge + (isHostDraining && isRolling ? 1 : 0);
            Assert.True(
                active <= most
                    || !IsPlacedNow(world, deployment)
                    || world.Journal.Any(entry => entry.Action is "host.lost" or "host.drain-overdue"),
                $"{deployment.Service}.{deployment.Stage} has {active}, at most {most}\n{world.Tail()}"
            );
        }
    }

    /// <summary>A rollout goes by the stage as it was when it was planned.</summary>
    private static Stage StageOf(World world, DeploymentKey key) =>
        world
            .Cell.Rollouts.Values.FirstOrDefault(each =>
                !RolloutMachine.IsFinished(each) && each.Service == key.Service && each.Stage.Name == key.Stage
            )
            ?.Stage
        ?? world
            .Cell.Lines.Values.Where(line => line.Services.Contains(key.Service))
            .SelectMany(line => line.Route)
            .First(stage => stage.Name == key.Stage);

    private static bool IsPlacedNow(World world, Deployment deployment) =>
        world
            .Cell.Instances.Of(new DeploymentKey(deployment.Service, deployment.Stage))
            .Any(instance => world.Before.Instances.Find(instance.Id) is null);

    /// <summary>A person's deadline that is over takes what is left; nothing else of ours does.</summary>
    private static void NothingIsTakenFromWhoNeedsIt(World world)
    {
        var taken = world.Cell.Instances.Values.Where(instance =>
            instance.Phase is InstancePhase.Draining
            && KindOf(world, instance.Service) is ServiceKind.Service
            && world.Before.Instances.Find(instance.Id) is { Phase: InstancePhase.Active }
            && !world.Cell.Hosts[instance.Host].IsDrainOverdue(world.Now)
            && WasReady(world, instance)
            && !ServesNobody(world, instance)
        );
        foreach (var key in taken.Select(each => new DeploymentKey(each.Service, each.Stage)).Distinct())
        {
            var stage = StageOf(world, key);
            if (IsFirstGoingBack(world, key))
            {
                continue;
            }

            var ready = world.Cell.Instances.Of(key).Count(each => each.IsReady);
            Assert.True(
                ready >= stage.Count - stage.Strategy.MaxUnavailable,
                $"{key} was left with {ready} of {stage.Count} ready\n{world.Tail()}"
            );
        }
    }

    /// <summary>Its rollout goes back, and all requests to the old version: it may leave that its place.</summary>
    private static bool ServesNobody(World world, Instance instance) =>
        world
            .Cell.Rollouts.Values.Where(each =>
                (
                    each.Phase is RolloutPhase.RollingBack or RolloutPhase.Withdrawing
                    || world.Before.Rollouts.GetValueOrDefault(each.Id)?.Phase
                        is RolloutPhase.RollingBack
                            or RolloutPhase.Withdrawing
                )
                && (each.Service, each.Stage.Name, each.To) == (instance.Service, instance.Stage, instance.Version)
            )
            .Any(each =>
                world
                    .Cell.Deployments[new DeploymentKey(each.Service, each.Stage.Name)]
                    .Targets.All(target => target.Version != each.To || target.WeightPercent == 0)
            );

    /// <summary>There is nothing to go back to.</summary>
    private static bool IsFirstGoingBack(World world, DeploymentKey key) =>
        world.Cell.Rollouts.Values.Any(each =>
            each is { From: null, Phase: RolloutPhase.RollingBack or RolloutPhase.RolledBack }
            && each.Service == key.Service
            && each.Stage.Name == key.Stage
        );

    private static bool WasReady(World world, Instance instance) =>
        instance.Observed.State == ObservedState.Ready && world.Cell.Hosts[instance.Host].LostSince is null;

    /// <summary>A quota may be lowered below what runs; then nothing more is placed.</summary>
    private static void NoTeamIsPlacedAboveItsQuota(World world)
    {
        foreach (var team in world.Cell.Teams.Values)
        {
            var own = world
                .Cell.Instances.Values.Where(each =>
                    world.Cell.Services[each.Service].Team == team.Name && each.Phase is not InstancePhase.Lost
                )
                .ToList();
            var isPlacedNow = own.Exists(each => world.Before.Instances.Find(each.Id) is null);
            foreach (var limit in team.Quota.Where(_ => isPlacedNow))
            {
                var used = own.Sum(each => QuotaResources.AmountOf(limit.Resource, each.Demand));
                Assert.True(used <= limit.Most, $"{team.Name} takes {used} of {limit}\n{world.Tail()}");
            }
        }
    }

    private static void NothingNewGoesToAHostThatTakesNone(World world)
    {
        foreach (
            var instance in world.Cell.Instances.Values.Where(each => world.Before.Instances.Find(each.Id) is null)
        )
        {
            var host = world.Cell.Hosts[instance.Host];
            var isDaemon =
                world.Cell.Versions[new VersionKey(instance.Service, instance.Version)].Template.Kind
                is ServiceKind.Daemon;
            Assert.True(
                host.State == HostState.Ready || (isDaemon && host.State is HostState.Cordoned or HostState.Draining), // Exchanged in place.
                $"{instance.Id} was placed on {host.Id}, which is {host.State}\n{world.Tail()}"
            );
        }
    }

    private static void NothingRunsUnapproved(World world)
    {
        foreach (var rollout in world.Cell.Rollouts.Values.Where(rollout => rollout.Approval is null))
        {
            var gate = rollout.Stage.Approval;
            Assert.False(
                gate is not null
                    && rollout.Phase is RolloutPhase.Promoting or RolloutPhase.Succeeded
                    && gate is not null,
                $"{rollout.Id} is {rollout.Phase} without approval\n{world.Tail()}"
            );
            if (gate is { Before: ApprovalPoint.Stage } && !MayRunByAnother(world, rollout))
            {
                Assert.DoesNotContain(
                    world.Cell.Instances.Values,
                    instance =>
                        instance.Service == rollout.Service
                        && instance.Stage == rollout.Stage.Name
                        && instance.Version == rollout.To
                );
            }
        }
    }

    /// <summary>The same version, approved on another train, or on one for which the glass is broken.</summary>
    private static bool MayRunByAnother(World world, Rollout rollout) =>
        world.Cell.Rollouts.Values.Any(other =>
            (other.Service, other.Stage.Name, other.To) == (rollout.Service, rollout.Stage.Name, rollout.To)
            && (other.Approval is not null || other.Stage.Approval is null)
        );

    private static void TrafficGoesOnlyToDeclaredVersions(World world)
    {
        foreach (var deployment in world.Cell.Deployments.Values)
        {
            Assert.True(deployment.Targets.Length <= 2);
            Assert.InRange(deployment.Targets.Sum(target => target.WeightPercent), 0, 100);
            Assert.All(deployment.Targets, target => Assert.InRange(target.Count, 0, int.MaxValue));
        }
    }
}
