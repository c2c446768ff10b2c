using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Instances;

namespace Orchestrator.HostAgent.Logs;

/// <summary>Answers requests for logs.</summary>
internal sealed class LogReader(InstanceLogs logs)
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
}
