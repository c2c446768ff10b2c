using System.Buffers;
using System.Diagnostics;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Gateway.Routing;

/// <summary>Counts the requests of a route over all its tables, so that a new table does not start the split over.</summary>
internal sealed class RouteCounter
{
    /// <summary>Else two gateways, or one before and after it started anew, would give out the same ids.</summary>
    private readonly ulong _start = (ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue);

    private long _count;

    /// <summary>Where the next request without an id falls.</summary>
    public ulong NextPoint() => RequestId.NthPoint(_start, (ulong)Interlocked.Increment(ref _count));
}

/// <summary>The versions of a service at a stage.</summary>
internal sealed class Route
{
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );

    /// <summary>Those that can get any request: a weight, and at least one endpoint.</summary>
    private readonly VersionShare[] _weighted;
    private readonly VersionShare[] _all;
    private readonly RouteCounter _counter;
    private readonly ulong _number;
    private readonly int _totalWeight;

    public Route(ServiceRoute message, RouteCounter counter, VersionShare[] shares)
    {
        Message = message;
        Sticky = message.Sticky is { } sticky && IsUsable(sticky) ? sticky : null;
        HealthPath = message.HealthPath?.StartsWith('/') == true ? message.HealthPath : null;
        Key = RoutingTable.KeyOf(message.Stage, message.Service);
        Prefix = $"/{Key}";
        _counter = counter;
        _number = RequestId.NumberOf(Key);
        _all = shares;
        _weighted = [.. shares.Where(share => share is { Weight: > 0, Endpoints.Count: > 0 })];
        Preview = message.Versions.FirstOrDefault(version => version.IsPreview == true)?.Version;
        _totalWeight = _weighted.Sum(share => share.Weight);
    }

    public ServiceRoute Message { get; }

    /// <summary>Null where it names no header and no cookie that there can be.</summary>
    public StickyRoute? Sticky { get; }

    /// <summary>Null where it is none.</summary>
    public string? HealthPath { get; }

    /// <summary><c>stage/service</c></summary>
    public string Key { get; }

    /// <summary>What comes before the service's own path where it is asked for by path.</summary>
    public string Prefix { get; }

    /// <summary>The version that the preview address leads to; null while there is none.</summary>
    public string? Preview { get; }

    public IReadOnlyList<VersionShare> Shares => _all;

    /// <summary>Versions share it, so somebody may be comparing what they answer.</summary>
    public bool IsShared => _weighted.Length > 1;

    public ulong PointOf(string text) => RequestId.PointOf(text, _number);

    public string NextId(out ulong point)
    {
        point = _counter.NextPoint();
        return RequestId.At(point, _number);
    }

    /// <summary>Null when it is not one of the route's.</summary>
    public VersionShare? Find(string version)
    {
        foreach (var share in _all)
        {
            if (share.Version == version)
            {
                return share;
            }
        }

        return null;
    }

    /// <summary>
    /// The first attempt stays with the version it falls on even where all of its endpoints are spared: what those answer,
    /// or do not, is the version's own. A further one rather goes to another version. Null when there is nobody left to try.
    /// </summary>
    public Picked? Pick(in Ask ask, long now, in Tried tried)
    {
        var choice = new Choice(ask, now, isSparing: true, tried);
        if (ask.Version is { } version)
        {
            return Find(version) is { } named ? PickOf(named, choice) ?? PickOf(named, choice.WithSpared()) : null;
        }

        if (_weighted.Length == 0)
        {
            return null;
        }

        var share = ShareAt(choice.VersionPointIn(_totalWeight));
        return PickOf(share, choice)
            ?? (tried.IsNone ? PickOf(share, choice.WithSpared()) : null)
            ?? PickElsewhere(choice)
            ?? PickElsewhere(choice.WithSpared());
    }

    private static bool IsUsable(StickyRoute sticky) =>
        (sticky.Header ?? sticky.Cookie) is not null
        && IsToken(sticky.Header ?? "none")
        && IsToken(sticky.Cookie ?? "none");

    /// <summary>As RFC 9110 has the names of headers and cookies.</summary>
    private static bool IsToken(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters);

    private static Picked? PickOf(VersionShare share, in Choice choice) =>
        share.Pick(choice) is { } endpoint ? new Picked(share, endpoint) : null;

    private VersionShare ShareAt(int point)
    {
        foreach (var share in _weighted)
        {
            point -= share.Weight;
            if (point < 0)
            {
                return share;
            }
        }

        throw new UnreachableException("A point is below the sum of the weights.");
    }

    /// <summary>The version that was drawn has none: its part goes to the others, by their weights.</summary>
    private Picked? PickElsewhere(in Choice choice)
    {
        var total = 0;
        foreach (var share in _weighted)
        {
            total += share.HasUsable(choice) ? share.Weight : 0;
        }

        if (total == 0)
        {
            return null;
        }

        var point = choice.VersionPointIn(total);
        foreach (var share in _weighted)
        {
            if (!share.HasUsable(choice))
            {
                continue;
            }

            point -= share.Weight;
            if (point < 0)
            {
                return PickOf(share, choice);
            }
        }

        return null;
    }
}

internal readonly record struct Picked(VersionShare Share, InstanceEndpoint Endpoint);
