using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Plans on what this replica knows, one plan at a time: each takes a processor and a copy of the fleet.</summary>
internal sealed class PlanDesk(Conductor conductor) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _seat = new(1);

    /// <exception cref="ConductorUnavailableException">Others are planning, or there is no state yet.</exception>
    public Task<(CellView View, PlanOutcome Outcome)> PlanAsync(
        FleetChange change,
        CancellationToken cancellationToken
    ) => AtSeatAsync(view => FleetPlanner.Plan(view.Cell, change, view.At), cancellationToken);

    /// <exception cref="ConductorUnavailableException">Others are planning, or there is no state yet.</exception>
    public Task<(CellView View, RebalanceOutcome Outcome)> PlanAsync(
        RebalanceOrder order,
        CancellationToken cancellationToken
    ) => AtSeatAsync(view => FleetRebalancer.Plan(view.Cell, order, view.At), cancellationToken);

    public void Dispose() => _seat.Dispose();

    private async Task<(CellView View, T Outcome)> AtSeatAsync<T>(
        Func<CellView, T> plan,
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
            return (view, plan(view));
        }
        finally
        {
            _seat.Release();
        }
    }
}
