using System.Diagnostics;

namespace Orchestrator.Gateway.Routing;

/// <summary>An endpoint that counts the request, or why there is none.</summary>
internal readonly struct Entry
{
    public static readonly Entry NoRoute = new(EntryRefusal.NoRoute);

    public static readonly Entry NoVersion = new(EntryRefusal.NoVersion);

    public static readonly Entry NoEndpoint = new(EntryRefusal.NoEndpoint);

    private readonly Route? _route;
    private readonly VersionShare? _share;
    private readonly InstanceEndpoint? _endpoint;

    public Entry(Route route, VersionShare share, InstanceEndpoint endpoint) =>
        (_route, _share, _endpoint) = (route, share, endpoint);

    private Entry(EntryRefusal refusal) => Refusal = refusal;

    public EntryRefusal Refusal { get; }

    /// <summary>This and the rest only where nothing was refused.</summary>
    public Route Route => _route ?? throw Refused();

    public VersionShare Share => _share ?? throw Refused();

    public InstanceEndpoint Endpoint => _endpoint ?? throw Refused();

    private UnreachableException Refused() => new($"There is no endpoint: {Refusal}.");
}

internal enum EntryRefusal
{
    None,
    NoRoute,
    NoVersion,
    NoEndpoint,
}
