namespace Orchestrator.Contracts.Http;

/// <summary>
/// Body of POST /v1/rollouts/{train}/{number}/{stage}/{approve|reject|revoke|pause|resume|abort|rollback|skip|promote}, and of
/// what is asked of trains and versions.
/// </summary>
public sealed record RolloutAction
{
    /// <summary>Goes into the journal; may be empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Binds an approval to what was seen; null approves what is there now.</summary>
    public string? ConsistHash { get; init; }

    /// <summary>With skip: the webhook to go on without, in place of a canary step; null for a step.</summary>
    public string? Webhook { get; init; }
}

/// <summary>Body of POST /v1/services/{service}/versions/{version}/express; may be left out.</summary>
public sealed record ExpressRequest
{
    /// <summary>Goes into the journal; may be empty unless the glass is broken.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Seconds, 60 to 86400 (a day), for which neither windows nor approvals hold for it; null for a usual express.</summary>
    public long? BreakGlassSeconds { get; init; }
}

/// <summary>Body of POST /v1/deployments/{service}/{stage}/rollback.</summary>
public sealed record RollbackRequest
{
    /// <summary>That once succeeded at the stage.</summary>
    public required string Version { get; init; }

    /// <summary>Goes into the journal; may be empty.</summary>
    public string Reason { get; init; } = "";
}

/// <summary>Body of POST /v1/hosts/{host}/drain; may be left out.</summary>
public sealed record DrainRequest
{
    /// <summary>Goes into the journal; may be empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Seconds from now, 1 to 2678400 (31 days), after which what is left moves whatever its services need; null
    /// waits for as long as they need.</summary>
    public long? DeadlineSeconds { get; init; }
}

/// <param name="Next">The command that leads on.</param>
public sealed record ActionResult(string Subject, string Message, string Next);

/// <summary>POST /v1/tokens.</summary>
/// <param name="Roles"><c>viewer</c>, <c>publisher:TEAM</c>, <c>sampler:TEAM</c>, <c>approver:STAGE</c>, <c>group:NAME</c>, <c>operator</c>, <c>admin</c>.</param>
public sealed record TokenRequest(string Name, IReadOnlyList<string> Roles);

/// <param name="Secret">Shown once, stored hashed.</param>
public sealed record TokenCreated(string Id, string Name, IReadOnlyList<string> Roles, string Secret);

public sealed record TokenView(string Id, string Name, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt);
