using System.Collections.Immutable;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What people can see of a fleet at a moment, without a change to it.</summary>
internal sealed class DayBoards(World world, DayOrders orders, Telling telling)
{
    private Cell Cell => world.Cell;

    public IEnumerable<string> All() => [.. Deployments(), .. Trains(), .. Places(), .. Plans()];

    /// <summary>What the store has at the end of the day of what people do not see as it is.</summary>
    public IEnumerable<string> Rows() =>
        [
            .. Cell.Trains.Values.Select(Row),
            .. Cell.Rollouts.Values.Select(Row),
            .. Cell.Deployments.Values.Select(telling.Say),
            .. Cell.Hosts.Values.Select(host =>
                $"{host.Id} is {host.State}, {host.Availability}, lost {telling.Say(host.LostSince)}, returned {telling.Say(host.ReturnedAt)}, {telling.Say(host.Drain)}"
            ),
            .. Cell.Rebalances.Values.Select(telling.Say),
            .. Cell.RebalanceSteps.Values.Select(telling.Say),
            .. Cell.Delegations.Values.Select(telling.Say),
            .. Cell.Secrets.Keys.Select(telling.Say),
        ];

    private string Row(Train train) =>
        $"{train.Id}: departs {telling.Say(train.DepartsAt)}, {telling.Say(train.Phase)}, ended {telling.Say(train.EndedAt)}, {telling.Say(train.Order)}, along {string.Join(", ", train.Route.Select(stage => stage.Name))}, prefetch {telling.Say(train.Prefetch)}, approvals {telling.Say(train.Approvals)}, {telling.Say(train.Review)}";

    private string Row(Rollout rollout) =>
        $"{rollout.Id}: from {telling.Say(rollout.From)} to {rollout.To}, planned {telling.Say(rollout.PlannedAt)}, {telling.Say(rollout.Phase)} since {telling.Say(rollout.PhaseSince)}, succeeded {telling.Say(rollout.SucceededAt)}, ended {telling.Say(rollout.EndedAt)}, domains {telling.Say(rollout.Domains)}, approved {telling.Say(rollout.Approval)} of {telling.Say(rollout.Approvals)}, webhooks {telling.Say(rollout.Webhooks)}, {telling.Say(rollout.Noise)}, judged {rollout.Judgements} times: {telling.Say(rollout.Verdict)}, unready since {telling.Say(rollout.UnreadySince)}";

    /// <summary>What is wanted, what there is of it, and where.</summary>
    private IEnumerable<string> Deployments() =>
        Cell.Deployments.Values.Select(deployment =>
        {
            var key = new DeploymentKey(deployment.Service, deployment.Stage);
            var wanted = deployment.Targets.Select(target =>
                $"{target.Count} of {target.Version} at {telling.Say(target.WeightPercent)} %"
            );
            var there = Cell
                .Instances.Of(key)
                .GroupBy(each => (each.Version, each.Host, Phase: each.Phase.GetType().Name, each.IsReady))
                .OrderBy(group => group.Key.Version)
                .ThenBy(group => group.Key.Host)
                .ThenBy(group => group.Key.Phase, StringComparer.Ordinal)
                .ThenBy(group => group.Key.IsReady)
                .Select(group =>
                    $"{group.Count()} {group.Key.Version} {group.Key.Phase.ToLowerInvariant()}{(group.Key.IsReady ? " and ready" : "")} on {group.Key.Host}"
                );
            var lacks = deployment.Unplaced.Length > 0 ? $"; {deployment.Unplaced}" : "";
            return $"{key.Service} at {key.Stage}: {string.Join(" and ", wanted)}: {string.Join(", ", there)}{lacks}";
        });

    /// <summary>Of trains that have not ended.</summary>
    private IEnumerable<string> Trains()
    {
        foreach (var train in Cell.Trains.Values.Where(each => each.EndedAt is null))
        {
            var forecast = TrainForecaster.Of(Cell, train, world.Now);
            var (closed, waits) = (TrainSight.ClosedFor(Cell, train, world.Now), TrainSight.WaitsFor(Cell, train));
            var stays = string.Concat(
                new[] { closed, waits, forecast.Lacking, train.Shortage }
                    .Where(each => each.Length > 0)
                    .Select(each => $"; {each}")
            );
            yield return $"{train.Id} {train.Phase.GetType().Name.ToLowerInvariant()}, arrives {telling.Say(forecast.ArrivesAt)} with {telling.Say(forecast.Cars)}{stays}";
            if (ConsistSight.Of(Cell, train) is { } order)
            {
                yield return $"  in this order at {order.Stage}: {order}";
            }

            foreach (var stage in forecast.Stages)
            {
                yield return $"  {telling.Say(stage)}";
            }

            foreach (var notes in Notes(train))
            {
                yield return $"  {telling.Say(notes)}";
            }

            foreach (var reservation in train.Reservations)
            {
                yield return $"  keeps {telling.Say(reservation)}";
            }
        }
    }

    /// <summary>Where one more would go, and what keeps hosts from being empty.</summary>
    private IEnumerable<string> Places()
    {
        foreach (var key in Cell.Deployments.Keys)
        {
            if (CellExplainer.Explain(Cell, key) is { } explained)
            {
                yield return $"one more {key.Service} at {key.Stage} {explained.Version}: {telling.Say(explained.Decision)}, best {telling.Say(explained.Chosen?.Host)}, next {telling.Say(explained.RunnerUp?.Host)}; {telling.Say(explained.Missing)}; {telling.Say(explained.Preemption)}";
            }
        }

        foreach (var instance in Cell.Instances.Values.Take(2))
        {
            yield return $"{instance.Id} stands {telling.Say(CellExplainer.ExplainInstance(Cell, instance))}";
        }

        foreach (var wait in Cell.Hosts.Values.SelectMany(host => DrainExplainer.Waits(Cell, host)))
        {
            yield return $"a drain waits: {wait}";
        }

        foreach (var (team, uses) in QuotaUse.Of(Cell))
        {
            yield return $"{team} uses {telling.Say(uses.Where(use => use.Most is not null))}";
        }
    }

    /// <summary>What would come of changes that nobody makes.</summary>
    private IEnumerable<string> Plans()
    {
        var host = Cell.Hosts.Keys.FirstOrDefault();
        ImmutableArray<FleetChange> changes =
        [
            new FleetChange.Scale(Checkout, Prod, Count: 5),
            new FleetChange.Publish(AnOrder("1.9.0") with { Service = DayFleet.Mail }),
            .. host is null ? (FleetChange[])[] : [new FleetChange.Drain([host]), new FleetChange.Lose([host])],
        ];
        foreach (var change in changes)
        {
            yield return $"plan of {change.GetType().Name.ToLowerInvariant()}: {telling.Say(FleetPlanner.Plan(Cell, change, world.Now))}";
        }

        var rebalance = orders.AnyRebalance();
        yield return $"plan of {telling.Say(rebalance)}: {telling.Say(FleetRebalancer.Plan(Cell, rebalance, world.Now))}";
    }

    private ImmutableArray<ReleaseNotes> Notes(Train train) =>
        ReleaseNotesSight.StageOf(Cell, train) is { } stage ? ReleaseNotesSight.OfTrain(Cell, train, stage) : [];
}
