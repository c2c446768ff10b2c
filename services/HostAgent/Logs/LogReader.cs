using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Reporting;
using Orchestrator.Messaging;

namespace Orchestrator.HostAgent.Logs;

/// <summary>Answers requests for logs.</summary>
internal sealed partial class LogReader(InstanceLogs logs, ILogger<LogReader> logger)
{
    public LogsRead Read(ReadLogs request)
    {
        // The id becomes part of a path.
        var piece = InstanceName.IsValid(request.InstanceId) ? ReadPiece(request) : null;
        return new LogsRead(request.RequestId, piece is not null, piece?.Text ?? "", piece?.NextOffset ?? 0);
    }

    private LogPiece? ReadPiece(ReadLogs request) =>
        request.Offset is { } offset
            ? logs.ReadFrom(request.InstanceId, offset)
            : logs.ReadTail(request.InstanceId, request.TailLines);

    /// <summary>An answer that cannot be delivered is dropped: whoever asked has gone, or asks again.</summary>
    public async Task AnswerAsync(ReadLogs request, BusLink link, CancellationToken cancellationToken)
    {
        if (link.Bus is not { } bus)
        {
            return;
        }

        try
        {
            await bus.SendAsync(request.ReplyQueue, Read(request), cancellationToken);
        }
        catch (Exception e) when (e is UndeliverableException or TimeoutException)
        {
            LogNotAnswered(request.ReplyQueue, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Queue} asked for logs and cannot be answered: {Reason}")]
    private partial void LogNotAnswered(string queue, string reason);
}
