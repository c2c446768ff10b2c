using System.Collections.Immutable;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Conducting;

/// <param name="IsStored">False when nothing had changed, and so nothing was written.</param>
/// <param name="Messages">How many are in the outbox because of it.</param>
/// <param name="HasMore">There is more to decide already.</param>
internal sealed record Decided(ImmutableArray<CellAnswer> Answers, bool IsStored, int Messages, bool HasMore);

/// <summary>A cell in memory, under one lease. Once anything failed it is ahead of what is stored, and must be dropped.</summary>
internal sealed class CellSession
{
    private readonly Database _database;
    private readonly Lease _lease;
    private readonly TimeProvider _clock;
    private readonly CellDraft _draft;
    private long _routeRevision;

    private CellSession(Database database, Lease lease, TimeProvider clock, Cell stored, CellSettings settings)
    {
        (_database, _lease, _clock) = (database, lease, clock);
        var now = clock.GetUtcNow();
        _draft = CellDraft.From(stored, settings, lease.Epoch, now);
        _routeRevision = stored.RouteRevision;
        View = CellView.Unknown with { Cell = stored, Epoch = lease.Epoch, IsLeading = true, At = now };
    }

    /// <summary>What is stored, with who was heard.</summary>
    public CellView View { get; private set; }

    public static async Task<CellSession> OpenAsync(
        Database database,
        Lease lease,
        CellSettings settings,
        TimeProvider clock,
        CancellationToken cancellationToken
    ) => new(database, lease, clock, await CellStore.LoadAsync(database, lease.Cell, cancellationToken), settings);

    /// <summary>Returns once the decision is stored. Time passes with every batch, be it empty.</summary>
    public async Task<Decided> DecideAsync(ImmutableArray<CellInput> inputs, CancellationToken cancellationToken)
    {
        // A clock that is set back must not make what was decided look like the future.
        var now = _clock.GetUtcNow() is var read && read > View.At ? Whole(read) : View.At;
        var decision = CellMachine.Decide(_draft, inputs.Add(new CellInput.Tick()), now);
        var isChanged = IsChanged(decision);
        if (isChanged)
        {
            await StoreAsync(decision, cancellationToken);
            _routeRevision = decision.Changes.RouteRevision;
        }

        View = View with { Cell = isChanged ? _draft.ToCell() : View.Cell, LastHeard = Heard(inputs), At = now };
        return new Decided(decision.Answers, isChanged, decision.Commands.Length, decision.HasMore);
    }

    /// <summary>What is finer than a microsecond is not stored, and so must not be decided on.</summary>
    private static DateTimeOffset Whole(DateTimeOffset instant) =>
        instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMicrosecond));

    private async Task StoreAsync(Decision decision, CancellationToken cancellationToken)
    {
        try
        {
            await using var unit = await _database.BeginAsync(_lease, cancellationToken);
            await CellStore.SaveAsync(unit, decision.Changes, cancellationToken);
            await Journal.AppendAsync(unit, decision.Entries, cancellationToken);
            await Outbox.AddAsync(unit, Letters.From(decision.Commands, _lease.Epoch), cancellationToken);
            await unit.CommitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not (LeaseLostException or OperationCanceledException))
        {
            throw new NotStoredException(exception);
        }
    }

    private bool IsChanged(Decision decision)
    {
        var changes = decision.Changes;
        return !decision.Commands.IsEmpty
            || !decision.Entries.IsEmpty
            || changes.RouteRevision != _routeRevision
            || !changes.Pools.IsEmpty
            || !changes.Services.IsEmpty
            || !changes.Versions.IsEmpty
            || !changes.Lines.IsEmpty
            || !changes.Trains.IsEmpty
            || !changes.Rollouts.IsEmpty
            || !changes.Deployments.IsEmpty
            || !changes.Hosts.IsEmpty
            || !changes.Instances.IsEmpty
            || !changes.RemovedInstances.IsEmpty
            || !changes.Assignments.IsEmpty;
    }

    private ImmutableDictionary<HostId, DateTimeOffset> Heard(ImmutableArray<CellInput> inputs)
    {
        var heard = View.LastHeard.ToBuilder();
        foreach (var input in inputs)
        {
            var host = input switch
            {
                CellInput.HostHeard hearing => hearing.Host,
                CellInput.HostReported reported => reported.Host.Id,
                _ => null,
            };
            if (host is not null)
            {
                heard[host] = _draft.LastHeard(host);
            }
        }

        return heard.ToImmutable();
    }
}
