namespace Orchestrator.Storage;

/// <summary>Where state is kept: SQLite for one process, PostgreSQL for many. Opening it brings its schema up to date.</summary>
public abstract class Database : IAsyncDisposable
{
    private protected Database() { }

    /// <summary>SQL for now by the database's clock, in microseconds as stored.</summary>
    internal abstract string Now { get; }

    /// <summary>SQL that keeps a selected row from changing until the transaction ends.</summary>
    internal abstract string ForUpdate { get; }

    /// <summary>The file is made if it is not there, readable by its owner only. Its folder must exist.</summary>
    /// <exception cref="SchemaTooNewException">A newer version has written it.</exception>
    public static async Task<Database> OpenSqliteAsync(string path, CancellationToken cancellationToken) =>
        await SqliteDatabase.OpenAsync(path, cancellationToken);

    /// <exception cref="SchemaTooNewException">A newer version has written it.</exception>
    public static async Task<Database> OpenPostgresAsync(
        string connectionString,
        CancellationToken cancellationToken
    ) => await PostgresDatabase.OpenAsync(connectionString, cancellationToken);

    /// <summary>One transaction that commits only under the lease: nobody can acquire the cell until it has ended.</summary>
    /// <exception cref="LeaseLostException">Somebody else has acquired the cell since.</exception>
    public async Task<UnitOfWork> BeginAsync(Lease lease, CancellationToken cancellationToken)
    {
        var session = await WriteAsync(cancellationToken);
        try
        {
            await Leases.FenceAsync(this, session, lease, cancellationToken);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }

        return new UnitOfWork(lease, session);
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>A snapshot: everything read in it is of one moment.</summary>
    internal abstract Task<Session> ReadAsync(CancellationToken cancellationToken);

    internal abstract Task<Session> WriteAsync(CancellationToken cancellationToken);
}
