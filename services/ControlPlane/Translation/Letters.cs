using System.Collections.Immutable;
using System.Diagnostics;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Messaging;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Translation;

/// <summary>Commands on their way through the outbox, which holds who is owed what; what it says is read off the cell at the end.</summary>
internal static class Letters
{
    private const string Assignment = "assignment";
    private const string ReportRequest = "report-request";
    private const string Routes = "routes";

    public static ImmutableArray<OwedMessage> From(ImmutableArray<CellCommand> commands, long epoch) =>
        [.. commands.Select(command => From(command, epoch))];

    public static OwedMessage From(CellCommand command, long epoch) =>
        command switch
        {
            CellCommand.Assign(var host, var revision) => new OwedMessage(Assignment, host.Value, epoch, revision),
            CellCommand.AskReport(var host) => new OwedMessage(ReportRequest, host.Value, epoch, Revision: 0),
            CellCommand.Route(var gateway, var revision) => new OwedMessage(Routes, gateway.Value, epoch, revision),
            _ => throw new UnreachableException($"No message for {command.GetType()}."),
        };

    public static string QueueOf(OwedMessage owed) =>
        owed.Kind == Routes ? Queues.Gateway(owed.Receiver) : Queues.Host(owed.Receiver);

    /// <summary>What it says by now, under the epoch of whoever leads; null if the cell is older than what is owed.</summary>
    public static BusCommand? Compose(OwedMessage owed, Cell cell, long epoch)
    {
        switch (owed.Kind)
        {
            case Assignment:
                var assignment = Levels.Assignment(cell, HostId.Parse(owed.Receiver));
                return assignment.Revision < owed.Revision ? null : BusCommands.From(assignment, epoch);
            case ReportRequest:
                return BusCommands.ReportRequest(HostId.Parse(owed.Receiver));
            case Routes:
                return cell.RouteRevision < owed.Revision
                    ? null
                    : BusCommands.From(GatewayId.Parse(owed.Receiver), Levels.Routes(cell), epoch);
            default:
                throw new UnreachableException($"Nothing stores messages of kind '{owed.Kind}'.");
        }
    }

    /// <summary>Completes once the queue holds it.</summary>
    public static Task SendAsync(MessageBus bus, BusCommand command, CancellationToken cancellationToken) =>
        command.Message switch
        {
            AssignHost assign => bus.SendAsync(command.Queue, assign, cancellationToken),
            RouteTable table => bus.SendAsync(command.Queue, table, cancellationToken),
            _ => throw new UnreachableException($"No queue takes {command.Message.GetType()}."),
        };
}
