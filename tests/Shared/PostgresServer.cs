using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Orchestrator.Tests.Shared;

/// <summary>
/// A PostgreSQL server of its own for a test assembly, in a temporary folder and reachable over a Unix socket there: no
/// port that somebody else could take. It ends, and its folder goes, when the tests end in whatever way.
/// </summary>
public sealed partial class PostgresServer : IAsyncDisposable
{
    private const string Superuser = "postgres";

    /// <summary>Only names the socket.</summary>
    private const int Port = 5432;

    /// <summary>On a machine that is busy with other tests, initdb alone can take many seconds.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Runs the server ("$@") until standard input ends, which is when it is closed here or this process dies. Then the
    /// server has nothing to save.
    /// </summary>
    private const string Guard = """
        exec 3<&0
        "$@" </dev/null >"$0/log" 2>&1 &
        server=$!
        read -r _ <&3
        kill -QUIT $server
        wait $server
        rm -rf "$0"
        """;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orc-pg-{Guid.NewGuid():N}"[..20]);
    private Process? _guard;

    /// <summary>Why there is no server; null when there is one. Tests that need it skip with this reason.</summary>
    public string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (OperatingSystem.IsWindows() || FindBinaries() is not { } binaries)
        {
            Missing =
                "PostgreSQL's server is not installed (no initdb and postgres under /usr/lib/postgresql or on the PATH).";
            return;
        }

        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string[] asUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            // The server refuses to run as root.
            var user = HasUser("postgres") ? "postgres" : "nobody";
            asUser = ["setpriv", $"--reuid={user}", $"--regid={await OutputAsync("id", "-g", user)}", "--clear-groups"];
            await OutputAsync("chown", user, _folder);
        }

        var data = Path.Combine(_folder, "data");
        await OutputAsync([
            .. asUser,
            Path.Combine(binaries, "initdb"),
            "-D",
            data,
            "-U",
            Superuser,
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        _guard = Start(
            [
                "sh",
                "-c",
                Guard,
                _folder,
                .. asUser,
                Path.Combine(binaries, "postgres"),
                "-D",
                data,
                "-k",
                _folder,
                "-p",
                $"{Port}",
                "-c",
                "listen_addresses=",
                "-F",
            ],
            keepInput: true
        );
        await WaitUntilReadyAsync(_guard);
    }

    /// <summary>Makes an empty database and answers its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100, S2077 // The name is made just above.
        command.CommandText = $"create database {name}";
#pragma warning restore CA2100, S2077
        await command.ExecuteNonQueryAsync(cancellationToken);
        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (_guard is null)
        {
            return;
        }

        NpgsqlConnection.ClearAllPools();
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync(CancellationToken.None);
        _guard.Dispose();
    }

    private string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = _folder,
            Port = Port,
            Username = Superuser,
            Database = database,
        }.ConnectionString;

    private async Task WaitUntilReadyAsync(Process guard)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (!guard.HasExited && waited.Elapsed < StartTimeout)
            {
                await Task.Delay(PollInterval);
            }
        }
    }

    /// <summary>The newest version that is installed.</summary>
    private static string? FindBinaries()
    {
        const string debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(debian) ? Directory.GetDirectories(debian) : [];
        return versions
            .OrderByDescending(folder =>
                int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0
            )
            .Select(folder => Path.Combine(folder, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .FirstOrDefault(folder =>
                File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"))
            );
    }

    private static bool HasUser(string name) =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith($"{name}:", StringComparison.Ordinal));

    private async Task<string> OutputAsync(params string[] command)
    {
        using var process = Start(command, keepInput: false);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"{string.Join(' ', command)} failed: {await error}");
    }

    /// <param name="keepInput">Then the caller holds its input, and nobody reads its output.</param>
    private Process Start(string[] command, bool keepInput)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = keepInput,
            RedirectStandardOutput = !keepInput,
            RedirectStandardError = !keepInput,
        };
        return Process.Start(start) ?? throw new UnreachableException($"{command[0]} did not start.");
    }
}
