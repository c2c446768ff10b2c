using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Storage;

/// <summary>Who may do what. The secret itself is never stored.</summary>
public sealed record ApiToken(
    string Id,
    string Name,
    ImmutableArray<string> Roles,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt
);

/// <summary>API tokens of a database, for all its cells.</summary>
public static class Tokens
{
    private const string Columns =
        "id as Id, name as Name, roles as Roles, created_at as CreatedAt, revoked_at as RevokedAt";

    /// <summary>SHA-256. Unsalted and fast is enough for a random secret of 256 bits: there is nothing to guess.</summary>
    public static string HashOf(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    public static async Task AddAsync(
        Database database,
        ApiToken token,
        string secretHash,
        CancellationToken cancellationToken
    )
    {
        const string sql = """
            insert into token (id, name, roles, secret_hash, created_at, revoked_at)
            values (@Id, @Name, @roles, @secretHash, @createdAt, @revokedAt)
            """;
        var arguments = new
        {
            token.Id,
            token.Name,
            roles = StoredJson.Serialize(token.Roles),
            secretHash,
            createdAt = Instant.ToStored(token.CreatedAt),
            revokedAt = ToStored(token.RevokedAt),
        };

        await using var session = await database.WriteAsync(cancellationToken);
        var written = await session.ExecuteAsync(sql, arguments, cancellationToken);
        if (written != 1)
        {
            throw new UnreachableException($"Wrote {written} rows for token {token.Id}.");
        }

        await session.CommitAsync(cancellationToken);
    }

    /// <summary>Oldest first, revoked ones too.</summary>
    public static async Task<ImmutableArray<ApiToken>> ListAsync(Database database, CancellationToken cancellationToken)
    {
        const string sql = $"select {Columns} from token order by created_at, id";
        await using var session = await database.ReadAsync(cancellationToken);
        var rows = await session.QueryAsync<Row>(sql, new { }, cancellationToken);
        return [.. rows.Select(row => row.ToToken())];
    }

    /// <summary>Null when there is none, or it is revoked.</summary>
    public static async Task<ApiToken?> FindByHashAsync(
        Database database,
        string secretHash,
        CancellationToken cancellationToken
    )
    {
        const string sql = $"select {Columns} from token where secret_hash = @secretHash and revoked_at is null";
        await using var session = await database.ReadAsync(cancellationToken);
        var row = await session.QuerySingleOrDefaultAsync<Row>(sql, new { secretHash }, cancellationToken);
        return row?.ToToken();
    }

    /// <summary>False when there is none, or it is revoked already.</summary>
    public static async Task<bool> RevokeAsync(
        Database database,
        string id,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        const string sql = "update token set revoked_at = @revokedAt where id = @id and revoked_at is null";
        await using var session = await database.WriteAsync(cancellationToken);
        var arguments = new { id, revokedAt = Instant.ToStored(at) };
        var revoked = await session.ExecuteAsync(sql, arguments, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return revoked == 1;
    }

    private static long? ToStored(DateTimeOffset? instant) => instant is { } known ? Instant.ToStored(known) : null;

    private sealed record Row(string Id, string Name, string Roles, long CreatedAt, long? RevokedAt)
    {
        public ApiToken ToToken() =>
            new(
                Id,
                Name,
                StoredJson.Deserialize<ImmutableArray<string>>(Roles),
                Instant.FromStored(CreatedAt),
                RevokedAt is { } at ? Instant.FromStored(at) : null
            );
    }
}
