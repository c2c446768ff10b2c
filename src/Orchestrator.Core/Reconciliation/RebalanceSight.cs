using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// A cell as whoever rebalances sees it. Only active instances of services by count may move, and only while their service
/// stands still there: no rollout is under way, and no train keeps room for one.
/// </summary>
internal sealed class RebalanceSight
{
    private readonly CellDraft _draft;
    private readonly HashSet<InstanceId> _resting;
    private readonly HashSet<DeploymentKey> _rolling;
    private readonly Dictionary<VersionAt, PlacementRequest> _requests = [];

    /// <param name="resting">Was moved a moment ago.</param>
    public RebalanceSight(CellDraft draft, HashSet<InstanceId> resting)
    {
        (_draft, _resting, _rolling) = (draft, resting, RollingOf(draft));
        Groups =
        [
            .. draft
                .Deployments.Rows.Where(deployment => !deployment.Targets.IsEmpty)
                .Select(deployment => new RebalanceGroup(
                    new PlacementGroup(deployment.Service, deployment.Stage),
                    RequestOf(deployment, deployment.Targets[^1].Version),
                    KindOf(deployment, deployment.Targets[^1].Version) is ServiceKind.Daemon
                )),
        ];
    }

    public IReadOnlyList<RebalanceGroup> Groups { get; }

    public IReadOnlyList<Resident> On(HostId host) => [.. _draft.InstancesOn(host).Select(Of)];

    /// <summary>Where a rollout is under way, or a train keeps room for one.</summary>
    public static HashSet<DeploymentKey> RollingOf(CellDraft draft) =>
        [
            .. draft
                .OpenRollouts.Select(id => draft.Rollouts[id])
                .Select(rollout => new DeploymentKey(rollout.Service, rollout.Stage.Name)),
            .. draft
                .ReservingTrains.Select(key => draft.Trains[key])
                .SelectMany(train => train.Reservations.Select(each => SurgeReservation.KeyOf(train, each))),
        ];

    private Resident Of(Instance instance)
    {
        var deployment = _draft.Deployments[new DeploymentKey(instance.Service, instance.Stage)];
        return new Resident(
            instance.Id,
            new PlacementGroup(instance.Service, instance.Stage),
            RequestOf(deployment, instance.Version),
            instance.Demand,
            instance.Phase is InstancePhase.Active ? KindOf(instance, deployment) : ResidentKind.Bound
        );
    }

    private ResidentKind KindOf(Instance instance, Deployment deployment) =>
        KindOf(deployment, instance.Version) switch
        {
            ServiceKind.Daemon => ResidentKind.Everywhere,
            ServiceKind.Service
                when deployment.Targets.Any(target => target.Version == instance.Version)
                    && !_resting.Contains(instance.Id)
                    && !_rolling.Contains(new DeploymentKey(instance.Service, instance.Stage)) => ResidentKind.Movable,
            _ => ResidentKind.Bound,
        };

    private ServiceKind KindOf(Deployment deployment, SemanticVersion version) =>
        _draft.Versions[new VersionKey(deployment.Service, version)].Template.Kind;

    /// <summary>One object for all that are alike.</summary>
    private PlacementRequest RequestOf(Deployment deployment, SemanticVersion version)
    {
        var key = new VersionAt(deployment.Service, deployment.Stage, version);
        if (!_requests.TryGetValue(key, out var request))
        {
            var template = _draft.Versions[new VersionKey(deployment.Service, version)].Template;
            request = PlacementSight.Request(_draft.Pools.Find(deployment.Pool), template);
            _requests[key] = request;
        }

        return request;
    }

    private sealed record VersionAt(ServiceName Service, StageName Stage, SemanticVersion Version);
}
