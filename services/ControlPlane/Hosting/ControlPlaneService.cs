using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Evidence;
using Orchestrator.ControlPlane.Relay;
using Orchestrator.ControlPlane.Secrets;
using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.ControlPlane.Webhooks;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Hosting;

/// <summary>Runs the conductor, and beside it what only the leader does.</summary>
internal sealed class ControlPlaneService(
    Conductor conductor,
    Reception reception,
    OutboxRelay relay,
    LineTimer lineTimer,
    SecretDelivery secrets,
    EvidenceCollector collector,
    WebhookDesk webhooks,
    ControlPlaneOptions options,
    TimeProvider clock,
    ILoggerFactory loggerFactory
) : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _leading = Task.CompletedTask;
    private WakeUps? _wakeUps;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var wakeUps = await WakeUps.CreateAsync(
            options.Cell,
            options.ToWakeUpStore(),
            lineTimer.Wake,
            clock,
            loggerFactory,
            cancellationToken
        );
        _wakeUps = wakeUps;
        _leading = Task.WhenAll(
            conductor.WhileLeadingAsync(leadership => relay.RunAsync(Compose, leadership.Ended), _stopping.Token),
            conductor.WhileLeadingAsync(leadership => reception.RunAsync(leadership.Ended), _stopping.Token),
            conductor.WhileLeadingAsync(leadership => lineTimer.RunAsync(wakeUps, leadership.Ended), _stopping.Token),
            conductor.WhileLeadingAsync(leadership => collector.RunAsync(leadership.Ended), _stopping.Token),
            conductor.WhileLeadingAsync(leadership => webhooks.RunAsync(leadership.Ended), _stopping.Token)
        );
        conductor.Start();
    }

    /// <summary>First what was asked is decided and the lease given back, which ends what runs for the leader.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await conductor.StopAsync(cancellationToken);
        await _stopping.CancelAsync();
        await _leading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Read off what this replica, which leads, has stored.</summary>
    private BusCommand? Compose(OwedMessage owed) =>
        conductor.Current is var view ? secrets.Fill(Letters.Compose(owed, view.Cell, view.Epoch), view.Cell) : null;

    public async ValueTask DisposeAsync()
    {
        if (_wakeUps is not null)
        {
            await _wakeUps.DisposeAsync();
        }

        _stopping.Dispose();
    }
}
