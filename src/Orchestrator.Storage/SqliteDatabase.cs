using System.Data;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Orchestrator.Storage;

/// <summary>A file in WAL mode. All writing goes over one connection, one transaction at a time; readers never wait for it.</summary>
internal sealed class SqliteDatabase : Database
{
    /// <summary>For another process on the same file, such as one that is just stopping.</summary>
    private const int BusyTimeoutSeconds = 5;

    /// <summary>16 MiB: a large batch is 4, and must not copy the whole of the log back each time.</summary>
    private const int CheckpointPages = 4_096;

    private readonly string _readerConnectionString;
    private readonly SqliteConnection _writer;
    private readonly SemaphoreSlim _writing = new(initialCount: 1, maxCount: 1);
    private readonly SqliteBatchRunner _batches = new();

    private SqliteDatabase(string readerConnectionString, SqliteConnection writer) =>
        (_readerConnectionString, _writer) = (readerConnectionString, writer);

    internal override string Now => "cast(unixepoch('subsec') * 1000000 as integer)";

    internal override string ForUpdate => ""; // A transaction that writes has the whole database from its beginning.

    public static async Task<SqliteDatabase> OpenAsync(string path, CancellationToken cancellationToken)
    {
        KeepFromOthers(path);
        var settings = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = BusyTimeoutSeconds };
        var writer = new SqliteConnection(
            new SqliteConnectionStringBuilder(settings.ConnectionString) { Pooling = false }.ConnectionString
        );
        try
        {
            await writer.OpenAsync(cancellationToken);
            await writer.ExecuteAsync(
                new CommandDefinition(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"""
                        pragma busy_timeout = {BusyTimeoutSeconds * 1000};
                        pragma journal_mode = wal;
                        pragma synchronous = full;
                        pragma wal_autocheckpoint = {CheckpointPages};
                        """
                    ),
                    cancellationToken: cancellationToken
                )
            );
            Migrations.Run(writer);
        }
        catch
        {
            await writer.DisposeAsync();
            throw;
        }

        settings.Mode = SqliteOpenMode.ReadOnly;
        return new SqliteDatabase(settings.ConnectionString, writer);
    }

    public override async ValueTask DisposeAsync()
    {
        // Whoever writes just now still has the connection: it is not closed under them, unless they hang.
        await _writing.WaitAsync(TimeSpan.FromSeconds(BusyTimeoutSeconds), CancellationToken.None);
        await _writer.DisposeAsync();
        _writing.Dispose();
        await using var reader = new SqliteConnection(_readerConnectionString);
        SqliteConnection.ClearPool(reader);
    }

    internal override async Task<Session> ReadAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_readerConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            var transaction = connection.BeginTransaction(IsolationLevel.Serializable, deferred: true);
            return new Session(transaction, _batches, connection.DisposeAsync);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    internal override async Task<Session> WriteAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // SQLite has no asynchronous calls: from here on the caller runs on the pool and not on its own thread.
            var transaction = await Task.Run(
                () => _writer.BeginTransaction(IsolationLevel.Serializable, deferred: false),
                cancellationToken
            );
            return new Session(transaction, _batches, EndWriting);
        }
        catch
        {
            _writing.Release();
            throw;
        }
    }

    private ValueTask EndWriting()
    {
        _writing.Release();
        return ValueTask.CompletedTask;
    }

    /// <summary>SQLite gives the files beside it the same mode.</summary>
    private static void KeepFromOthers(string path)
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
        };
        if (OperatingSystem.IsWindows())
        {
            new FileStream(path, options).Dispose();
            return;
        }

        options.UnixCreateMode = ownerOnly;
        new FileStream(path, options).Dispose();
        File.SetUnixFileMode(path, ownerOnly);
    }
}
