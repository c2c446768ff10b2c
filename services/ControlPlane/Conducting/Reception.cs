using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Messaging;

namespace Orchestrator.ControlPlane.Conducting;

/// <summary>Takes from the bus what hosts and gateways say to the cell. What is malformed is logged, counted and dropped: it would be no better the next time.</summary>
internal sealed partial class Reception(Conductor conductor, MessageBus bus, string cell, ILogger<Reception> logger)
{
    private long _malformed;

    /// <summary>How many messages, or parts of telemetry, were malformed, ever.</summary>
    public long Malformed => Interlocked.Read(ref _malformed);

    /// <summary>Receives while this replica leads.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var reports = await bus.ReceiveAsync<HostReport>(
            Queues.Conductor(cell),
            TakeAsync,
            cancellationToken
        );
        await using var telemetry = await bus.ReceiveTelemetryAsync(
            Queues.Telemetry(cell),
            TakeAsync,
            cancellationToken
        );
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }

    // Completes once the batch that holds it is committed: the bus redelivers whatever we did not store.
    private async Task TakeAsync(HostReport report, CancellationToken cancellationToken)
    {
        if (HostReports.TryParse(report, out var input, out var problem))
        {
            await conductor.AskAsync(input, cancellationToken);
            return;
        }

        Interlocked.Increment(ref _malformed);
        LogMalformed(problem);
    }

    private Task TakeAsync(Telemetry telemetry, CancellationToken cancellationToken)
    {
        var (inputs, malformed) = TelemetryInputs.From(telemetry);
        foreach (var input in inputs)
        {
            conductor.TryTell(input);
        }

        if (malformed > 0)
        {
            Interlocked.Add(ref _malformed, malformed);
            LogMalformedTelemetry(malformed);
        }

        return Task.CompletedTask;
    }

    [LoggerMessage(LogLevel.Warning, "Dropped a malformed host report: {Problem}")]
    private partial void LogMalformed(string problem);

    [LoggerMessage(LogLevel.Warning, "Dropped {Count} malformed parts of telemetry")]
    private partial void LogMalformedTelemetry(int count);
}
