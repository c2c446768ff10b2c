namespace Orchestrator.Storage;

/// <summary>The right to write a cell. The epoch grows by one with each acquisition, and never goes back.</summary>
public sealed record Lease(string Cell, string Holder, long Epoch, TimeSpan Duration);

/// <summary>Who holds a cell now, for those who forward to it.</summary>
public sealed record LeaseHolder(string Holder, long Epoch, TimeSpan Remaining);

/// <summary>Somebody else has acquired the cell: whoever sees this must stop writing and drop what it holds in memory.</summary>
public sealed class LeaseLostException(string message) : Exception(message);

/// <summary>Leases on cells. All times are of the database's clock, so the clocks of replicas may differ.</summary>
public static class Leases
{
    /// <summary>Null when somebody else holds it. The same holder gets it at once, under a new epoch: it has restarted.</summary>
    public static Task<Lease?> AcquireAsync(
        Database database,
        string cell,
        string holder,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) => throw new NotImplementedException();

    /// <summary>Holds it for another duration from now. False when it was lost.</summary>
    public static Task<bool> RenewAsync(Database database, Lease lease, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Lets others acquire it at once. Changes nothing if it was lost.</summary>
    public static Task ReleaseAsync(Database database, Lease lease, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Null when nobody holds it.</summary>
    public static Task<LeaseHolder?> FindAsync(Database database, string cell, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
