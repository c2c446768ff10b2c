using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Storage;

/// <summary>The state of a cell: one table per kind of object, the object itself as JSON beside the columns one searches by.</summary>
public static class CellStore
{
    /// <summary>One consistent snapshot; <see cref="Cell.Empty"/> for a cell that was never saved.</summary>
    public static Task<Cell> LoadAsync(Database database, string cell, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    public static Task SaveAsync(UnitOfWork unit, CellChanges changes, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
