namespace Orchestrator.Gateway.Routing;

/// <summary>What decides one pick: where it falls, and whom it must leave out.</summary>
internal readonly struct Choice(Ask ask, long now, bool isSparing, Tried tried)
{
    /// <summary>For the draw among endpoints.</summary>
    public ulong EndpointPoint => ask.EndpointPoint;

    /// <summary>From 0 to below <paramref name="total"/>.</summary>
    public int VersionPointIn(int total) => (int)Math.BigMul(ask.VersionPoint, (ulong)total, out _);

    public bool Allows(InstanceEndpoint endpoint) =>
        !tried.Holds(endpoint) && !(isSparing && endpoint.Health.IsSpared(now));

    /// <summary>As a last resort also who is spared.</summary>
    public Choice WithSpared() => new(ask, now, isSparing: false, tried);
}
