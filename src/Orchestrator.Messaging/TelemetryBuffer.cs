using System.Threading.Channels;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Messaging;

/// <summary>Holds the newest telemetry; what is too much pushes out the oldest and is counted.</summary>
internal sealed class TelemetryBuffer
{
    private readonly Channel<(string Queue, Telemetry Telemetry)> _channel;
    private long _dropped;

    public TelemetryBuffer() =>
        _channel = Channel.CreateBounded<(string Queue, Telemetry Telemetry)>(
            new BoundedChannelOptions(BusLimits.TelemetryBacklog) { FullMode = BoundedChannelFullMode.DropOldest },
            _ => CountDropped()
        );

    public long Dropped => Interlocked.Read(ref _dropped);

    public void Write(string queue, Telemetry telemetry) => _channel.Writer.TryWrite((queue, telemetry));

    public void CountDropped() => Interlocked.Increment(ref _dropped);

    public IAsyncEnumerable<(string Queue, Telemetry Telemetry)> ReadAllAsync(CancellationToken cancellationToken) =>
        _channel.Reader.ReadAllAsync(cancellationToken);
}
