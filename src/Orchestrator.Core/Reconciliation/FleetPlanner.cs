using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Plans a change without making it: the decisions of <see cref="CellMachine"/> on a copy, until nothing happens any more.
/// Trains and rollouts under way stand still meanwhile.
/// </summary>
public static class FleetPlanner
{
    private const string Actor = "plan";

    /// <summary>Nobody is ever silent here, and no gateway has requests to wait for.</summary>
    private static readonly CellSettings Still = CellSettings.Embedded with
    {
        HostLostAfter = TimeSpan.MaxValue,
        GatewayLostAfter = TimeSpan.Zero,
    };

    /// <param name="cell">Is not changed.</param>
    /// <param name="now">When the cell was as it is.</param>
    public static PlanOutcome Plan(Cell cell, FleetChange change, DateTimeOffset now)
    {
        // Begun a moment ago, so that no gateway can still be unheard.
        var draft = CellDraft.From(cell, Still, epoch: 1, now - TimeSpan.FromSeconds(1));
        ImmutableArray<Rollout> rolling = [.. draft.OpenRollouts.Select(id => draft.Rollouts[id])];
        draft.OpenRollouts.Clear();
        var settling = new FleetSettling(draft, now);
        settling.Begin();
        var before = PlannedFleet.Of(draft);
        settling.Watch();

        var rollouts = new PlannedRollouts(draft, settling, now);
        // Whether a count may change at once depends on who is rolling.
        draft.OpenRollouts.UnionWith(rolling);
        var answer = Make(draft, change, now, out var versions);
        draft.OpenRollouts.ExceptWith(rolling);
        if (answer is CellAnswer.Refused refused)
        {
            return new PlanOutcome.Refused(refused);
        }

        settling.Run();
        rollouts.RollOut(versions);
        return new PlanOutcome.Planned(
            new FleetPlan
            {
                Objects = answer is CellAnswer.Applied applied ? applied.Changes : [],
                Deployments = Compare(draft, before, settling),
                Notes = [.. rollouts.Notes, .. NotesOf(rolling), .. NotesOf(draft, change, versions)],
                IsComplete = !settling.IsCutOff,
                DoTrainsWait = rollouts.DoTrainsWait,
            }
        );
    }

    /// <param name="versions">To be rolled out; at most one of a service.</param>
    private static CellAnswer Make(
        CellDraft draft,
        FleetChange change,
        DateTimeOffset now,
        out ImmutableArray<ServiceVersion> versions
    )
    {
        versions = [];
        switch (change)
        {
            case FleetChange.Manifests(var set):
                var known = draft.Versions.Keys.ToHashSet();
                var applied = ManifestApplication.Apply(draft, new(Actor, set, PlanId: null, IsDryRun: false), now);
                versions = Newest(draft.Versions.Rows.Where(row => !known.Contains(new(row.Service, row.Number))));
                return applied;
            case FleetChange.Scale scale:
                return Scale(draft, scale);
            case FleetChange.Publish(var order):
                return Publish(draft, order, now, out versions);
            case FleetChange.Drain(var hosts):
                return ForEach(hosts, host => HostWishes.Drain(draft, Draining(host), now));
            case FleetChange.Lose(var hosts):
                return ForEach(hosts, host => HostWatch.Lose(draft, host, now));
            default:
                throw new ArgumentOutOfRangeException(nameof(change));
        }
    }

    private static CellInput.DrainHost Draining(HostId host) => new(Actor, host, Within: null, Reason: "");

    /// <summary>The first refusal, or the last answer.</summary>
    private static CellAnswer ForEach(ImmutableArray<HostId> hosts, Func<HostId, CellAnswer> make)
    {
        CellAnswer answer = new CellAnswer.Accepted(Subject: "", Message: "");
        foreach (var host in hosts)
        {
            answer = make(host);
            if (answer is CellAnswer.Refused)
            {
                break;
            }
        }

        return answer;
    }

    private static CellAnswer Scale(CellDraft draft, FleetChange.Scale scale)
    {
        var key = new DeploymentKey(scale.Service, scale.Stage);
        if (draft.Deployments.Find(key) is not { Targets.IsEmpty: false } deployment)
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "deployment_unknown",
                $"Nothing of {key.Service} is deployed at {key.Stage}.",
                $"See what runs where: orc get deployments. Plan a first version: orc plan publish {key.Service} VERSION"
            );
        }

        if (draft.IsRolling(key))
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "rollout_under_way",
                $"A rollout of {key.Service} is under way at {key.Stage}: it keeps the count that it began with.",
                $"Wait for its end: orc rollout watch {key.Service}"
            );
        }

        var newest = draft.Versions[new VersionKey(key.Service, deployment.Targets[^1].Version)];
        if (newest.Template.Kind is not ServiceKind.Service)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "kind_without_count",
                $"{key.Service} is no service by count: a daemon has one instance per host, and a batch its parallelism.",
                $"See its kind: orc describe service {key.Service}"
            );
        }

        draft.Put(
            deployment with
            {
                Targets = [.. deployment.Targets.Select(target => target with { Count = scale.Count })],
            }
        );
        return new CellAnswer.Accepted(Subject: "", Message: "");
    }

    /// <summary>A version that is there already is planned as it is, unless the order says what is in it.</summary>
    private static CellAnswer Publish(
        CellDraft draft,
        PublishOrder order,
        DateTimeOffset now,
        out ImmutableArray<ServiceVersion> versions
    )
    {
        if (
            order is { Image: null, Environment.IsEmpty: true }
            && draft.Versions.Find(new VersionKey(order.Service, order.Number)) is { } stored
        )
        {
            versions = [stored];
            return new CellAnswer.Accepted(Subject: "", Message: "");
        }

        var answer = Publication.Publish(draft, Actor, order, now);
        versions = answer is CellAnswer.Published(var version, _, _, _) ? [version] : [];
        return answer;
    }

    private static ImmutableArray<ServiceVersion> Newest(IEnumerable<ServiceVersion> versions) =>
        [
            .. versions
                .GroupBy(version => version.Service)
                .OrderBy(group => group.Key)
                .Select(group => group.MaxBy(version => version.Number))
                .OfType<ServiceVersion>(),
        ];

    private static IEnumerable<string> NotesOf(ImmutableArray<Rollout> rolling)
    {
        const int named = 5;
        if (rolling.Length > 0)
        {
            var more = rolling.Length > named ? $" and {rolling.Length - named} more" : "";
            yield return $"Under way, and standing still here: {string.Join(", ", rolling.Take(named).Select(rollout => rollout.Id))}{more}.";
        }
    }

    private static IEnumerable<string> NotesOf(
        CellDraft draft,
        FleetChange change,
        ImmutableArray<ServiceVersion> versions
    )
    {
        if (change is FleetChange.Lose && draft.Hosts.Rows.All(host => host.LostSince is not null))
        {
            yield return "No host is left. When all fall silent at once, nobody is given up: the bus is the likelier culprit.";
        }

        if (change is not FleetChange.Manifests(var set))
        {
            yield break;
        }

        foreach (var service in set.Services.Where(service => versions.All(each => each.Service != service.Name)))
        {
            if (draft.Deployments.Keys.Any(key => key.Service == service.Name))
            {
                yield return $"What the manifest says of {service.Name} holds for its next version; what runs stays as it is.";
            }
        }
    }

    private static ImmutableArray<DeploymentPlan> Compare(
        CellDraft draft,
        ImmutableSortedDictionary<DeploymentKey, PlannedFleet> before,
        FleetSettling settling
    )
    {
        var after = PlannedFleet.Of(draft);
        return
        [
            .. after
                .Select(each =>
                    PlannedFleet.Compare(
                        each.Key,
                        before.GetValueOrDefault(each.Key, PlannedFleet.None),
                        each.Value,
                        settling.PeakOf(each.Key)
                    )
                )
                .OfType<DeploymentPlan>(),
        ];
    }
}
