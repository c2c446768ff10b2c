namespace Orchestrator.Storage;

/// <summary>Where state is kept: SQLite for one process, PostgreSQL for many. Opening it brings its schema up to date.</summary>
public abstract class Database : IAsyncDisposable
{
    private protected Database() { }

    /// <summary>The file is made if it is not there, readable by its owner only. One process at a time should write it.</summary>
    /// <exception cref="SchemaTooNewException">A newer version has written it.</exception>
    public static Task<Database> OpenSqliteAsync(string path, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <exception cref="SchemaTooNewException">A newer version has written it.</exception>
    public static Task<Database> OpenPostgresAsync(string connectionString, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>One transaction that commits only under the lease.</summary>
    /// <exception cref="LeaseLostException">Somebody else has acquired the cell since.</exception>
    public Task<UnitOfWork> BeginAsync(Lease lease, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    public abstract ValueTask DisposeAsync();
}
