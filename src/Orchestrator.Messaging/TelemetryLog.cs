using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Messaging;

/// <summary>Telemetry is lossy: what cannot be handled is said in the log, and the stream goes on.</summary>
internal static partial class TelemetryLog
{
    public static async Task HandleAsync(
        ILogger logger,
        string queue,
        Telemetry telemetry,
        Func<Telemetry, CancellationToken, Task> handler,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await handler(telemetry, cancellationToken);
        }
#pragma warning disable CA1031 // This is the edge: whatever the handler throws concerns one message that may be lost.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            NotHandled(logger, queue, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Telemetry from {Queue} was not handled and is lost.")]
    public static partial void NotHandled(ILogger logger, string queue, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Telemetry for {Queue} is lost: the broker does not take it. What follows is dropped silently until it does."
    )]
    public static partial void NotSent(ILogger logger, string queue, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Receiving telemetry from {Queue} was interrupted; trying again."
    )]
    public static partial void Interrupted(ILogger logger, string queue);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Telemetry from {Queue} cannot be received yet.")]
    public static partial void StillAway(ILogger logger, string queue, Exception exception);
}
