namespace Orchestrator.Gateway.Routing;

/// <summary>What a request says about where it wants to go.</summary>
/// <param name="VersionPoint">Where it falls among the versions: by what makes it sticky, else by its id.</param>
/// <param name="EndpointPoint">Where it falls among the endpoints of a version: always by its id.</param>
/// <param name="Version">That it insists on; null when any will do.</param>
internal readonly record struct Ask(ulong VersionPoint, ulong EndpointPoint, string? Version);

/// <summary>The endpoints that could not take a request, the first attempt's first.</summary>
internal readonly record struct Tried(InstanceEndpoint? First, InstanceEndpoint? Second)
{
    public static readonly Tried None;

    public bool IsNone => First is null;

    /// <summary>Of the last attempt nobody asks any more.</summary>
    public Tried With(InstanceEndpoint endpoint) => First is null ? new(endpoint, Second: null) : new(First, endpoint);

    public bool Holds(InstanceEndpoint endpoint) => endpoint == First || endpoint == Second;
}
