using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Plans on what this replica knows, one plan at a time: each takes a processor and a copy of the fleet.</summary>
internal sealed class PlanDesk(Conductor conductor) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _seat = new(1);

    /// <exception cref="ConductorUnavailableException">Others are planning, or there is no state yet.</exception>
    public async Task<(CellView View, PlanOutcome Outcome)> PlanAsync(
        FleetChange change,
        CancellationToken cancellationToken
    )
    {
        if (conductor.Current.Version == 0)
        {
            throw new NotLeadingException("This replica is starting and knows no state yet.");
        }

        if (!await _seat.WaitAsync(Patience, cancellationToken))
        {
            throw new ConductorBusyException("Others are planning just now, and plans are made one at a time.");
        }

        try
        {
            var view = conductor.Current;
            return (view, FleetPlanner.Plan(view.Cell, change, view.At));
        }
        finally
        {
            _seat.Release();
        }
    }

    public void Dispose() => _seat.Dispose();
}
