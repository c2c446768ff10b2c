using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Routing;
using Orchestrator.Messaging;

namespace Orchestrator.Gateway;

/// <summary>
/// Sends a heartbeat every interval, and at once when a table was applied or a departed instance became idle: a drain
/// waits for that. Samples go with the interval only.
/// </summary>
internal sealed partial class Reporter : IAsyncDisposable
{
    private readonly GatewayOptions _options;
    private readonly MessageBus _bus;
    private readonly Router _router;
    private readonly HeartbeatBell _bell;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly string _session = Guid.CreateVersion7().ToString("N");
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private DateTimeOffset _sampledUntil;
    private long _sequence;
    private bool _isSampleDue;

    public Reporter(
        GatewayOptions options,
        MessageBus bus,
        Router router,
        HeartbeatBell bell,
        TimeProvider timeProvider,
        ILogger logger
    )
    {
        _options = options;
        _bus = bus;
        _router = router;
        _bell = bell;
        _timeProvider = timeProvider;
        _logger = logger;
        _sampledUntil = timeProvider.GetUtcNow();
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await using var ticking = _timeProvider.CreateTimer(
            _ =>
            {
                Volatile.Write(ref _isSampleDue, true);
                _bell.Ring();
            },
            state: null,
            dueTime: TimeSpan.Zero,
            period: _options.TelemetryInterval
        );
        try
        {
            while (true)
            {
                await _bell.WaitAsync(_stopping.Token);
                await ReportAsync(_stopping.Token);
                await Task.Delay(GatewayLimits.HeartbeatGap, _timeProvider, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // What was counted since the last interval is lost, as any telemetry may be.
        }
        catch (Exception exception)
        {
            LogStopped(exception);
            throw;
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var now = _timeProvider.GetUtcNow();
        var report = _router.Report(isSampling: Interlocked.Exchange(ref _isSampleDue, false));
        var telemetry = new Telemetry
        {
            Gateways = [new GatewayHeartbeat(_options.GatewayId, _session, report.Epoch, report.Revision, report.Busy)],
            Traffic = report.Samples.Count == 0 ? [] : [SamplesOf(report, now)],
        };
        await _bus.SendTelemetryAsync(Queues.Telemetry(_options.Cell), telemetry, cancellationToken);
    }

    private TrafficSamples SamplesOf(RouterReport report, DateTimeOffset now)
    {
        var samples = new TrafficSamples
        {
            GatewayId = _options.GatewayId,
            Session = _session,
            Sequence = ++_sequence,
            From = _sampledUntil,
            To = now,
            Samples = report.Samples,
        };
        _sampledUntil = now;
        return samples;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The gateway stopped reporting.")]
    private partial void LogStopped(Exception exception);
}
