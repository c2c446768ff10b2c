using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Trains;

namespace Orchestrator.Storage;

/// <summary>The state of a cell: one table per kind of object, the object itself as JSON beside the columns one searches by.</summary>
public static class CellStore
{
    /// <summary>One consistent snapshot; <see cref="Cell.Empty"/> for a cell that was never saved.</summary>
    public static async Task<Cell> LoadAsync(Database database, string cell, CancellationToken cancellationToken)
    {
        await using var session = await database.ReadAsync(cancellationToken);
        var loaded = await ReadAsync(session, cell, cancellationToken);
        StoredJson.ForgetShared();
        return loaded;
    }

    private static async Task<Cell> ReadAsync(Session session, string cell, CancellationToken cancellationToken)
    {
        const string revision = "select route_revision from cell where cell = @cell";
        const string assignments = "select host as Host, revision as Revision from assignment where cell = @cell";
        var hosts = Keyed(await AllAsync<Host>("host"), host => host.Id);
        return new Cell
        {
            Pools = Keyed(await AllAsync<Pool>("pool"), pool => pool.Name),
            Teams = Keyed(await AllAsync<Team>("team"), team => team.Name),
            Services = Keyed(await AllAsync<Service>("service"), service => service.Name),
            Versions = Keyed(
                await AllAsync<ServiceVersion>("version"),
                version => new VersionKey(version.Service, version.Number)
            ),
            Lines = Keyed(await AllAsync<Line>("line"), line => line.Name),
            Trains = Keyed(await AllAsync<Train>("train"), train => TrainKey.Of(train.Id)),
            Rollouts = Keyed(await StoredRollouts.ReadAsync(session, cell, cancellationToken), rollout => rollout.Id),
            Deployments = Keyed(await AllAsync<Deployment>("deployment"), KeyOf),
            Hosts = hosts,
            Instances = await InstancesAsync(),
            Assignments = Keyed(
                await session.QueryAsync<AssignmentRow>(assignments, new { cell }, cancellationToken),
                row => HostId.Parse(row.Host),
                row => new AssignmentLevel(HostId.Parse(row.Host), row.Revision)
            ),
            Secrets = Keyed(await AllAsync<Secret>("secret"), secret => secret.Name),
            Delegations = Keyed(await AllAsync<Delegation>("delegation"), delegation => delegation.Number),
            Windows = Keyed(await AllAsync<Window>("window_rule"), window => window.Name),
            Rebalances = Keyed(await AllAsync<Rebalance>("rebalance"), rebalance => rebalance.Number),
            RebalanceSteps = Keyed(await AllAsync<RebalanceStep>("rebalance_step"), step => step.Key),
            RouteRevision = await session.QuerySingleOrDefaultAsync<long>(revision, new { cell }, cancellationToken),
        };

        async Task<InstanceTable> InstancesAsync()
        {
            var stored = new StoredInstance();
            var rows = await session.QueryAsync<StoredInstance.Row>(
                StoredInstance.Select,
                new { cell },
                cancellationToken
            );
            return InstanceTable.From(rows.Select(stored.Read).Select(Settled));
        }

        // What a host ran when it was lost is not written anew: that it is lost as well follows from the host.
        Instance Settled(Instance instance) =>
            hosts.TryGetValue(instance.Host, out var host) && host.LostSince is { } since
                ? instance.OnHostLost(since)
                : instance;

        async Task<IEnumerable<T>> AllAsync<T>(string table) =>
            (
                await session.QueryAsync<string>(
                    $"select body from {table} where cell = @cell",
                    new { cell },
                    cancellationToken
                )
            )
                .AsParallel()
                .Select(StoredJson.Deserialize<T>);
    }

    public static async Task SaveAsync(UnitOfWork unit, CellChanges changes, CancellationToken cancellationToken)
    {
        await SaveAsync(CellTables.Pool, changes.Pools);
        await SaveAsync(CellTables.Team, changes.Teams);
        await SaveAsync(CellTables.Service, changes.Services);
        await SaveAsync(CellTables.Version, changes.Versions);
        await SaveAsync(CellTables.Line, changes.Lines);
        await SaveAsync(CellTables.Train, changes.Trains);
        await SaveAsync(CellTables.Evidence, changes.Evidence);
        await SaveAsync(CellTables.Rollout, changes.Rollouts);
        await SaveAsync(CellTables.Judgement, changes.Judgements);
        await SaveAsync(CellTables.Reference, changes.References);
        await SaveAsync(CellTables.Deployment, changes.Deployments);
        await SaveAsync(CellTables.Host, changes.Hosts);
        await SaveAsync(StoredInstance.Upsert(), changes.Instances);
        await SaveAsync(CellTables.Assignment, changes.Assignments);
        await SaveAsync(CellTables.Window, changes.Windows);
        await SaveAsync(CellTables.Secret, changes.Secrets);
        await SaveAsync(CellTables.Delegation, changes.Delegations);
        await SaveAsync(CellTables.Rebalance, changes.Rebalances);
        await SaveAsync(CellTables.RebalanceStep, changes.RebalanceSteps);
        await SaveAsync(CellTables.RouteRevision, [changes.RouteRevision]);
        await RemoveAsync(unit, changes, cancellationToken);

        Task SaveAsync<T>(BatchStatement<T> statement, ImmutableArray<T> rows) =>
            unit.Session.WriteAllAsync(statement, unit.Lease.Cell, rows, cancellationToken);
    }

    private static async Task RemoveAsync(UnitOfWork unit, CellChanges changes, CancellationToken cancellationToken)
    {
        // An instance that was placed and removed within one batch was never stored: fewer may be there than are named.
        await RemoveAsync(CellTables.RemovedInstance, changes.RemovedInstances);
        await RemoveAsync(CellTables.RemovedEvidence, changes.RemovedEvidence);
        await RemoveAsync(CellTables.RemovedSecret, changes.RemovedSecrets);
        await RemoveAsync(CellTables.RemovedDelegation, changes.RemovedDelegations);
        await RemoveAsync(CellTables.RemovedWindow, changes.RemovedWindows);
        await RemoveAsync(CellTables.RemovedRebalanceStep, changes.RemovedRebalanceSteps);

        Task RemoveAsync<T>(BatchStatement<T> statement, ImmutableArray<T> rows) =>
            unit.Session.ExecuteAsync(statement, unit.Lease.Cell, rows, cancellationToken);
    }

    private static ImmutableSortedDictionary<TKey, T> Keyed<TKey, T>(IEnumerable<T> rows, Func<T, TKey> keyOf)
        where TKey : notnull => Keyed(rows, keyOf, row => row);

    private static ImmutableSortedDictionary<TKey, T> Keyed<TRow, TKey, T>(
        IEnumerable<TRow> rows,
        Func<TRow, TKey> keyOf,
        Func<TRow, T> valueOf
    )
        where TKey : notnull => rows.ToImmutableSortedDictionary(keyOf, valueOf);

    private static DeploymentKey KeyOf(Deployment deployment) => new(deployment.Service, deployment.Stage);

    private sealed record AssignmentRow(string Host, long Revision);
}
