using System.Collections.Immutable;

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
    /// <summary>SHA-256. Unsalted and fast is enough for a random secret of 256 bits: there is nothing to guess.</summary>
    public static string HashOf(string secret) => throw new NotImplementedException();

    public static Task AddAsync(
        Database database,
        ApiToken token,
        string secretHash,
        CancellationToken cancellationToken
    ) => throw new NotImplementedException();

    /// <summary>Oldest first, revoked ones too.</summary>
    public static Task<ImmutableArray<ApiToken>> ListAsync(Database database, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Null when there is none, or it is revoked.</summary>
    public static Task<ApiToken?> FindByHashAsync(
        Database database,
        string secretHash,
        CancellationToken cancellationToken
    ) => throw new NotImplementedException();

    /// <summary>False when there is none, or it is revoked already.</summary>
    public static Task<bool> RevokeAsync(
        Database database,
        string id,
        DateTimeOffset at,
        CancellationToken cancellationToken
    ) => throw new NotImplementedException();
}
