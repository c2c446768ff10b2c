using System.Collections.Immutable;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Conducting;

/// <summary>What a batch came to in memory; nobody may hear of it before it is stored.</summary>
/// <param name="View">What is stored once this is.</param>
/// <param name="IsChanged">False when nothing has to be written.</param>
internal sealed record Decided(Decision Decision, CellView View, bool IsChanged);

/// <summary>A cell in memory, under one lease. Once anything failed it is ahead of what is stored, and must be dropped.</summary>
internal sealed class CellSession
{
    private readonly Database _database;
    private readonly Lease _lease;
    private readonly TimeProvider _clock;
    private readonly CellDraft _draft;
    private CellView _latest;
    private long _routeRevision;

    private CellSession(Database database, Lease lease, TimeProvider clock, Cell stored, CellSettings settings)
    {
        (_database, _lease, _clock) = (database, lease, clock);
        var now = clock.GetUtcNow();
        _draft = CellDraft.From(stored, settings, lease.Epoch, now);
        _routeRevision = stored.RouteRevision;
        _latest = CellView.Unknown with { Cell = stored, Epoch = lease.Epoch, IsLeading = true, At = now };
        Opened = _latest;
    }

    /// <summary>What was stored when it was opened.</summary>
    public CellView Opened { get; }

    public static async Task<CellSession> OpenAsync(
        Database database,
        Lease lease,
        CellSettings settings,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var stored = await CellStore.LoadAsync(database, lease.Cell, cancellationToken);
        var session = new CellSession(database, lease, clock, stored, settings);
        await foreach (var ofStage in ReferencePages.ReadAsync(database, lease.Cell, cancellationToken))
        {
            session._draft.Recall(ofStage);
        }

        return session;
    }

    /// <summary>
    /// Time passes with every batch, be it empty. May be called while the one before is being stored; if that fails, this one
    /// is void as well.
    /// </summary>
    public Decided Decide(ImmutableArray<CellInput> inputs)
    {
        // A clock that is set back must not make what was decided look like the future.
        var now = _clock.GetUtcNow() is var read && read > _latest.At ? Whole(read) : _latest.At;
        var decision = CellMachine.Decide(_draft, inputs.Add(new CellInput.Tick()), now);
        var isChanged = IsChanged(decision);
        _routeRevision = decision.Changes.RouteRevision;
        _latest = _latest with
        {
            Cell = isChanged ? _draft.ToCell() : _latest.Cell,
            LastHeard = Heard(inputs),
            At = now,
        };
        return new Decided(decision, _latest, isChanged);
    }

    /// <summary>In the order in which they were decided, and one at a time.</summary>
    public async Task StoreAsync(Decided decided, CancellationToken cancellationToken)
    {
        if (!decided.IsChanged)
        {
            return;
        }

        var decision = decided.Decision;
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

    /// <summary>What is finer than a microsecond is not stored, and so must not be decided on.</summary>
    private static DateTimeOffset Whole(DateTimeOffset instant) =>
        instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMicrosecond));

    private bool IsChanged(Decision decision)
    {
        var changes = decision.Changes;
        return !decision.Commands.IsEmpty
            || !decision.Entries.IsEmpty
            || changes.RouteRevision != _routeRevision
            || !changes.Pools.IsEmpty
            || !changes.Teams.IsEmpty
            || !changes.Services.IsEmpty
            || !changes.Versions.IsEmpty
            || !changes.Lines.IsEmpty
            || !changes.Trains.IsEmpty
            || !changes.Rollouts.IsEmpty
            || !changes.Evidence.IsEmpty
            || !changes.References.IsEmpty
            || !changes.Deployments.IsEmpty
            || !changes.Hosts.IsEmpty
            || !changes.Instances.IsEmpty
            || !changes.RemovedInstances.IsEmpty
            || !changes.Assignments.IsEmpty
            || !changes.Windows.IsEmpty
            || !changes.RemovedWindows.IsEmpty
            || !changes.Secrets.IsEmpty
            || !changes.RemovedSecrets.IsEmpty
            || !changes.Delegations.IsEmpty
            || !changes.RemovedDelegations.IsEmpty
            || !changes.Rebalances.IsEmpty
            || !changes.RebalanceSteps.IsEmpty
            || !changes.RemovedRebalanceSteps.IsEmpty;
    }

    private ImmutableDictionary<HostId, DateTimeOffset> Heard(ImmutableArray<CellInput> inputs)
    {
        var heard = _latest.LastHeard.ToBuilder();
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
