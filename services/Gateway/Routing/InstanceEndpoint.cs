using Orchestrator.Gateway.Traffic;

namespace Orchestrator.Gateway.Routing;

/// <summary>
/// An instance as the gateway sees it; one object for as long as it is in the table or has requests in flight.
/// Who wants to send a request enters first and leaves after it; an endpoint that departed lets nobody in.
/// </summary>
internal sealed class InstanceEndpoint(EndpointKey key, VersionTraffic traffic)
{
    private int _inFlight;
    private int _isDeparted;
    private volatile bool _isToldApart;

    public EndpointKey Key => key;

    public VersionTraffic Traffic => traffic;

    public EndpointHealth Health { get; } = new();

    /// <summary>Whether what it answers is counted twice: with its version's, and with that of those which are told apart.</summary>
    public bool IsToldApart
    {
        get => _isToldApart;
        set => _isToldApart = value;
    }

    /// <summary>What the path of a request is appended to.</summary>
    public string Prefix { get; } = $"{Uri.UriSchemeHttp}://{key.Address}/";

    /// <summary>An address that is none would fail every request to it; such an endpoint is not listed.</summary>
    public static bool IsAddress(string address) =>
        Uri.TryCreate($"{Uri.UriSchemeHttp}://{address}/", UriKind.Absolute, out var uri)
        && uri.Authority == address
        && uri.AbsolutePath == "/";

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>
    /// Counts the request before it looks whether the endpoint departed, and <see cref="Depart"/> marks it before
    /// anybody reads the count. So after it departed either the request stays out or the count shows it: a heartbeat
    /// never says that an instance is idle to which a request is still on its way.
    /// </summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _inFlight);
        if (Volatile.Read(ref _isDeparted) == 0)
        {
            return true;
        }

        Interlocked.Decrement(ref _inFlight);
        return false;
    }

    /// <summary>True when this was the last request of an endpoint that departed.</summary>
    public bool Leave() => Interlocked.Decrement(ref _inFlight) == 0 && Volatile.Read(ref _isDeparted) != 0;

    public void Depart() => Interlocked.Exchange(ref _isDeparted, 1);

    public void Return() => Interlocked.Exchange(ref _isDeparted, 0);
}

/// <summary>The address belongs to it: an instance that moved is another endpoint.</summary>
internal readonly record struct EndpointKey(VersionKey Version, string InstanceId, string Address);
