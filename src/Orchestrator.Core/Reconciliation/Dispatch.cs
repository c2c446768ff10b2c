using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Composes the levels that a decision owes: whole assignments and whole route tables.</summary>
internal static class Dispatch
{
    public static ImmutableArray<CellCommand> Compose(CellDraft draft, DateTimeOffset now)
    {
        var commands = ImmutableArray.CreateBuilder<CellCommand>();
        commands.AddRange(Assignments(draft, now));
        commands.AddRange(Routes(draft));
        commands.AddRange(draft.HostsUnknown.Select(host => new CellCommand.AskReport(host)));
        draft.HostsUnknown.Clear();
        return commands.ToImmutable();
    }

    private static IEnumerable<CellCommand> Assignments(CellDraft draft, DateTimeOffset now)
    {
        foreach (var id in draft.DirtyHosts)
        {
            var host = draft.Hosts[id];
            draft.Hosts.Put(id, host with { AssignmentRevision = host.AssignmentRevision + 1 });
            draft.Contacts.Sent(id, now);
        }

        ImmutableArray<HostId> receivers = [.. draft.DirtyHosts.Union(draft.HostsBehind).Order()];
        draft.DirtyHosts.Clear();
        draft.HostsBehind.Clear();
        return [.. receivers.Select(id => Assignment(draft, draft.Hosts[id]))];
    }

    private static CellCommand.Assign Assignment(CellDraft draft, Host host) =>
        new(
            host.Id,
            host.AssignmentRevision,
            [
                .. draft
                    .InstancesOn(host.Id)
                    .Where(instance => instance.Phase is InstancePhase.Active or InstancePhase.Draining)
                    .Select(instance => new AssignedVersion(
                        instance,
                        draft.Versions[new VersionKey(instance.Service, instance.Version)].Template
                    )),
            ]
        );

    private static IEnumerable<CellCommand> Routes(CellDraft draft)
    {
        var receivers = draft.GatewaysBehind.ToImmutableSortedSet();
        draft.GatewaysBehind.Clear();
        if (draft.AreRoutesDirty)
        {
            draft.AreRoutesDirty = false;
            draft.RouteRevision++;
            receivers = receivers.Union(draft.Contacts.Gateways.Select(gateway => gateway.Id));
        }

        if (receivers.IsEmpty)
        {
            return [];
        }

        var table = Table(draft);
        return receivers.Select(gateway => new CellCommand.Route(gateway, draft.RouteRevision, table));
    }

    private static ImmutableArray<RoutedService> Table(CellDraft draft) =>
        [
            .. draft
                .Deployments.Rows.Where(deployment => deployment.Run is null)
                .Select(deployment =>
                {
                    var ready = draft
                        .InstancesOf(new DeploymentKey(deployment.Service, deployment.Stage))
                        .Where(instance => instance.IsReady && instance.Observed.Address.Length > 0)
                        .ToLookup(instance => instance.Version);
                    return new RoutedService(
                        deployment.Service,
                        deployment.Stage,
                        [
                            .. deployment
                                .Targets.Where(target => target.WeightPercent > 0)
                                .Select(target => new RoutedVersion(
                                    target.Version,
                                    target.WeightPercent,
                                    [
                                        .. ready[target.Version]
                                            .Select(instance => new RoutedInstance(
                                                instance.Id,
                                                instance.Observed.Address
                                            )),
                                    ]
                                )),
                        ]
                    );
                }),
        ];
}
