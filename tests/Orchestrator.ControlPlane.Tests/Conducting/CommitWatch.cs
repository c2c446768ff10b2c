using Microsoft.Data.Sqlite;

namespace Orchestrator.ControlPlane.Tests.Conducting;

/// <summary>Sees whether any other connection has committed anything to the file.</summary>
internal sealed class CommitWatch : IAsyncDisposable
{
    private readonly SqliteConnection _connection;
    private long _seen;

    private CommitWatch(SqliteConnection connection) => _connection = connection;

    public static async Task<CommitWatch> StartAsync(Workbench bench)
    {
        var watch = new CommitWatch(await bench.ConnectAsync());
        watch._seen = await watch.ReadAsync();
        return watch;
    }

    /// <summary>Since the start, or since this was last asked.</summary>
    public async Task<bool> HasChangedAsync()
    {
        var before = _seen;
        _seen = await ReadAsync();
        return _seen != before;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<long> ReadAsync()
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = "pragma data_version";
        return (long)(await command.ExecuteScalarAsync(Workbench.Token))!;
    }
}
