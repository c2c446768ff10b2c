using System.Threading.Channels;

namespace Orchestrator.Gateway;

/// <summary>Asks for a heartbeat now; rung many times in a row, it asks once.</summary>
internal sealed class HeartbeatBell
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(capacity: 1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public void Ring() => _rung.Writer.TryWrite(true);

    public async Task WaitAsync(CancellationToken cancellationToken) => await _rung.Reader.ReadAsync(cancellationToken);
}
