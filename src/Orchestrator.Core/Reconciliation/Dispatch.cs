using System.Collections.Immutable;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Says to whom a decision owes a level: an assignment, or the route table.</summary>
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

    private static ImmutableArray<CellCommand.Assign> Assignments(CellDraft draft, DateTimeOffset now)
    {
        Prefetching.Advance(draft);
        foreach (var id in draft.DirtyHosts)
        {
            var level = new AssignmentLevel(id, draft.AssignmentRevisionOf(id) + 1);
            draft.Assignments.Put(id, level with { Prefetch = draft.PrefetchOf(id) });
            draft.Contacts.Sent(id, now);
        }

        ImmutableArray<CellCommand.Assign> assignments =
        [
            .. draft
                .DirtyHosts.Union(draft.HostsBehind)
                .Order()
                .Select(id => new CellCommand.Assign(id, draft.AssignmentRevisionOf(id))),
        ];
        draft.DirtyHosts.Clear();
        draft.HostsBehind.Clear();
        return assignments;
    }

    private static ImmutableArray<CellCommand.Route> Routes(CellDraft draft)
    {
        var receivers = draft.GatewaysBehind.ToImmutableSortedSet();
        draft.GatewaysBehind.Clear();
        if (draft.AreRoutesDirty)
        {
            draft.AreRoutesDirty = false;
            draft.RouteRevision++;
            receivers = receivers.Union(draft.Contacts.Gateways.Select(gateway => gateway.Id));
        }

        return [.. receivers.Select(gateway => new CellCommand.Route(gateway, draft.RouteRevision))];
    }
}
