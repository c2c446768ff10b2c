using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Reporting;

/// <summary>
/// Tells the conductor what runs here: at the start, after every change and whenever asked, always the newest state, so
/// nothing piles up while the bus is away. Heartbeats say what the newest report said.
/// </summary>
internal sealed partial class Reporter(
    HostAgentOptions options,
    HostFacts facts,
    IContainerRuntime runtime,
    BusLink link,
    TimeProvider clock,
    ILogger<Reporter> logger
)
{
    /// <summary>Changes come in bursts; one report tells of all.</summary>
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(50);

    /// <summary>Holds one wake-up: more would say no more.</summary>
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly string _session = Guid.NewGuid().ToString("N");
    private volatile HostFacts _facts = facts;
    private volatile HostSnapshot _snapshot = HostSnapshot.Empty;
    private volatile HostSnapshot _reported = HostSnapshot.Empty;
    private long _sequence;

    public HostSnapshot Newest => _snapshot;

    /// <summary>Reports it if it differs from what was there before.</summary>
    public void Update(HostSnapshot snapshot)
    {
        var hasChanged = !_snapshot.IsSame(snapshot);
        _snapshot = snapshot;
        if (hasChanged)
        {
            Request();
        }
    }

    /// <summary>The machine has changed.</summary>
    public void Update(HostFacts changed)
    {
        _facts = changed;
        Request();
    }

    /// <summary>A report is due even if nothing changed.</summary>
    public void Request() => _wake.Writer.TryWrite(true);

    public async Task ReportAsync(CancellationToken cancellationToken)
    {
        await link.Connected.WaitAsync(cancellationToken);
        Request(); // The first one, at the start.
        var failures = 0;
        await foreach (var _ in _wake.Reader.ReadAllAsync(cancellationToken))
        {
            await Task.Delay(Debounce, clock, cancellationToken);
            failures = await TrySendAsync(cancellationToken) ? 0 : failures + 1;
            if (failures > 0)
            {
                await Task.Delay(RetryDelay.After(failures), clock, cancellationToken);
                Request();
            }
        }
    }

    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        await link.Connected.WaitAsync(cancellationToken);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.HeartbeatMilliseconds), clock);
        do
        {
            await TryBeatAsync(cancellationToken);
        } while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task<bool> TrySendAsync(CancellationToken cancellationToken)
    {
        if (link.Bus is not { } bus)
        {
            return false;
        }

        var snapshot = _snapshot;
        var report = new HostReport
        {
            HostId = options.HostId,
            AgentSession = _session,
            Sequence = ++_sequence,
            Epoch = snapshot.Epoch,
            Revision = snapshot.Revision,
            Digest = snapshot.Digest,
            Facts = _facts,
            Instances = snapshot.Instances,
            Images = runtime.Images.Newest(),
        };
        _reported = snapshot;
        try
        {
            await bus.SendAsync(Queues.Conductor(options.Cell), report, cancellationToken);
            return true;
        }
        // Whatever the broker's libraries throw, it is the broker that is away, and this is the edge that tries again.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotSent(e.Message);
            return false;
        }
    }

    private async Task TryBeatAsync(CancellationToken cancellationToken)
    {
        if (link.Bus is not { } bus)
        {
            return;
        }

        var reported = _reported;
        var beat = new HostHeartbeat(options.HostId, _session, reported.Epoch, reported.Revision, reported.Digest);
        try
        {
            await bus.SendTelemetryAsync(
                Queues.Telemetry(options.Cell),
                new Telemetry { Hosts = [beat] },
                cancellationToken
            );
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotBeaten(e.Message); // Lossy by design: the next one says the same.
        }
    }

    [LoggerMessage(LogLevel.Warning, "A report could not be sent and will be again: {Reason}")]
    private partial void LogNotSent(string reason);

    [LoggerMessage(LogLevel.Debug, "A heartbeat could not be sent: {Reason}")]
    private partial void LogNotBeaten(string reason);
}
