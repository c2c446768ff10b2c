using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Messaging;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Translation;

/// <summary>Commands on their way through the outbox.</summary>
internal static class Letters
{
    public static ImmutableArray<OutboxMessage> From(ImmutableArray<CellCommand> commands, long epoch) =>
        [.. commands.Select(command => From(BusCommands.From(command, epoch)))];

    public static OutboxMessage From(BusCommand command) =>
        new(
            command.Queue,
            command.Message.GetType().Name,
            JsonSerializer.Serialize(command.Message, command.Message.GetType(), BusJson.Options)
        );

    /// <summary>Completes once the queue holds it.</summary>
    public static Task SendAsync(MessageBus bus, OutboxMessage letter, CancellationToken cancellationToken) =>
        letter.Kind switch
        {
            nameof(AssignHost) => bus.SendAsync(letter.Destination, Open<AssignHost>(letter), cancellationToken),
            nameof(RouteTable) => bus.SendAsync(letter.Destination, Open<RouteTable>(letter), cancellationToken),
            _ => throw new UnreachableException($"Nothing stores messages of kind '{letter.Kind}'."),
        };

    private static T Open<T>(OutboxMessage letter) =>
        JsonSerializer.Deserialize<T>(letter.Body, BusJson.Options)
        ?? throw new UnreachableException($"An empty {letter.Kind} was stored.");
}
