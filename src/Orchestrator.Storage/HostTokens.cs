using System.Collections.Immutable;
using System.Diagnostics;

namespace Orchestrator.Storage;

/// <summary>Lets one host join once. The secret itself is never stored; <see cref="Tokens.HashOf"/> says how it is.</summary>
/// <param name="Host">The only host that may use it; null for any that has not joined yet.</param>
public sealed record HostToken(
    string Id,
    string? Host,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

/// <summary>What came of an attempt to use a token.</summary>
public abstract record HostTokenUse
{
    private HostTokenUse() { }

    public sealed record Taken(HostToken Token) : HostTokenUse;

    /// <summary>Unknown, used, expired, revoked or of another host: which of them is nobody's business.</summary>
    public sealed record Refused : HostTokenUse;

    /// <summary>The host has joined before, and the token does not name it.</summary>
    public sealed record NeedsName : HostTokenUse;
}

/// <summary>Tokens for hosts to join with, and the hosts that have joined.</summary>
public static class HostTokens
{
    /// <summary>Open at once in a cell. More than any fleet brings up in a day; without a bound a script could fill the table.</summary>
    public const int MaxOpen = 1_000;

    private const string Columns =
        "id as Id, host as Host, created_by as CreatedBy, created_at as CreatedAt, expires_at as ExpiresAt";

    private const string Open = "used_at is null and revoked_at is null and expires_at > @now";

    /// <summary>What is over is kept for so long, for whoever looks into what happened; the journal has it for ever.</summary>
    private static readonly TimeSpan KeepFor = TimeSpan.FromDays(7);

    /// <summary>False when there are <see cref="MaxOpen"/> already.</summary>
    public static async Task<bool> AddAsync(
        Database database,
        string cell,
        HostToken token,
        string secretHash,
        CancellationToken cancellationToken
    )
    {
        const string forget = "delete from host_token where cell = @cell and expires_at < @before";
        const string insert = $"""
            insert into host_token (id, cell, host, secret_hash, created_by, created_at, expires_at)
            select @Id, @cell, @host, @secretHash, @CreatedBy, @now, @expiresAt
            where (select count(*) from host_token where cell = @cell and {Open}) < @MaxOpen
            """;
        var arguments = new
        {
            token.Id,
            cell,
            host = token.Host ?? "",
            secretHash,
            token.CreatedBy,
            now = Instant.ToStored(token.CreatedAt),
            expiresAt = Instant.ToStored(token.ExpiresAt),
            before = Instant.ToStored(token.CreatedAt - KeepFor),
            MaxOpen,
        };
        await using var session = await database.WriteAsync(cancellationToken);
        await session.ExecuteAsync(forget, arguments, cancellationToken);
        var written = await session.ExecuteAsync(insert, arguments, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return written == 1;
    }

    /// <summary>Those that can still be used, oldest first.</summary>
    public static async Task<ImmutableArray<HostToken>> ListAsync(
        Database database,
        string cell,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        const string sql = $"select {Columns} from host_token where cell = @cell and {Open} order by created_at, id";
        await using var session = await database.ReadAsync(cancellationToken);
        var rows = await session.QueryAsync<Row>(sql, new { cell, now = Instant.ToStored(at) }, cancellationToken);
        return [.. rows.Select(row => row.ToToken())];
    }

    /// <summary>Uses the token up and writes the host down, both or neither. Of two who try at once exactly one takes it.</summary>
    /// <param name="isKnown">Whether the host is known otherwise, as one that was set up by hand is.</param>
    public static async Task<HostTokenUse> TakeAsync(
        Database database,
        string cell,
        string secretHash,
        string host,
        bool isKnown,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        const string take = $"""
            update host_token set used_at = @now, used_by = @host
            where cell = @cell and secret_hash = @secretHash and (host = '' or host = @host) and {Open}
            returning {Columns}
            """;
        const string enrol = """
            insert into enrolled_host (cell, host, token, enrolled_at) values (@cell, @host, @Id, @now)
            on conflict (cell, host) do update set token = excluded.token, enrolled_at = excluded.enrolled_at
            where @isNamed
            """;
        var now = Instant.ToStored(at);
        await using var session = await database.WriteAsync(cancellationToken);
        var row = await session.QuerySingleOrDefaultAsync<Row>(
            take,
            new
            {
                cell,
                secretHash,
                host,
                now,
            },
            cancellationToken
        );
        if (row?.ToToken() is not { } token)
        {
            return new HostTokenUse.Refused();
        }

        var arguments = new
        {
            cell,
            host,
            token.Id,
            now,
            isNamed = token.Host is not null,
        };
        if ((isKnown && token.Host is null) || await session.ExecuteAsync(enrol, arguments, cancellationToken) != 1)
        {
            return new HostTokenUse.NeedsName(); // Not committed: the token stays good.
        }

        await session.CommitAsync(cancellationToken);
        return new HostTokenUse.Taken(token);
    }

    /// <summary>As if it had not been used: what was to follow did not come about. A host that had joined before stays written down.</summary>
    public static async Task GiveBackAsync(
        Database database,
        string cell,
        string id,
        CancellationToken cancellationToken
    )
    {
        const string restore = "update host_token set used_at = null, used_by = null where cell = @cell and id = @id";
        const string undo = """
            delete from enrolled_host where cell = @cell and token = @id
                and exists (select 1 from host_token where cell = @cell and id = @id and host = '')
            """;
        await using var session = await database.WriteAsync(cancellationToken);
        var restored = await session.ExecuteAsync(restore, new { cell, id }, cancellationToken);
        if (restored != 1)
        {
            throw new UnreachableException($"Gave back {restored} tokens {id}.");
        }

        await session.ExecuteAsync(undo, new { cell, id }, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    /// <summary>The token as it was; null when there is none that could still be used.</summary>
    public static async Task<HostToken?> RevokeAsync(
        Database database,
        string cell,
        string id,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        const string sql = $"""
            update host_token set revoked_at = @now where cell = @cell and id = @id and {Open} returning {Columns}
            """;
        var arguments = new
        {
            cell,
            id,
            now = Instant.ToStored(at),
        };
        await using var session = await database.WriteAsync(cancellationToken);
        var row = await session.QuerySingleOrDefaultAsync<Row>(sql, arguments, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return row?.ToToken();
    }

    public static async Task<bool> HasJoinedAsync(
        Database database,
        string cell,
        string host,
        CancellationToken cancellationToken
    )
    {
        const string sql = "select host from enrolled_host where cell = @cell and host = @host";
        await using var session = await database.ReadAsync(cancellationToken);
        return await session.QuerySingleOrDefaultAsync<string>(sql, new { cell, host }, cancellationToken) is not null;
    }

    /// <summary>From then on any token lets a host of that name join.</summary>
    public static async Task ForgetAsync(
        Database database,
        string cell,
        string host,
        CancellationToken cancellationToken
    )
    {
        const string sql = "delete from enrolled_host where cell = @cell and host = @host";
        await using var session = await database.WriteAsync(cancellationToken);
        await session.ExecuteAsync(sql, new { cell, host }, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    private sealed record Row(string Id, string Host, string CreatedBy, long CreatedAt, long ExpiresAt)
    {
        public HostToken ToToken() =>
            new(
                Id,
                Host.Length == 0 ? null : Host,
                CreatedBy,
                Instant.FromStored(CreatedAt),
                Instant.FromStored(ExpiresAt)
            );
    }
}
