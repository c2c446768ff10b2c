using System.Collections.Immutable;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Who was heard when. Kept in memory only: after a restart everybody counts as heard at that moment.</summary>
internal sealed class Contacts(DateTimeOffset startedAt)
{
    private readonly Dictionary<HostId, DateTimeOffset> _hosts = [];
    private readonly Dictionary<HostId, DateTimeOffset> _assignmentsSent = [];
    private readonly SortedDictionary<GatewayId, GatewayContact> _gateways = [];
    private readonly Dictionary<GatewayId, (string Session, long Sequence)> _counted = [];
    private DateTimeOffset _lookedAt = startedAt;

    public DateTimeOffset StartedAt { get; } = startedAt;

    /// <summary>Since when whoever had something to say could have been heard. Silence from before says nothing.</summary>
    public DateTimeOffset ListeningSince { get; private set; } = startedAt;

    public IEnumerable<GatewayContact> Gateways => _gateways.Values;

    public DateTimeOffset LastHeard(HostId host) => _hosts.GetValueOrDefault(host, StartedAt);

    /// <summary>How long a host could have been heard and was not.</summary>
    public TimeSpan SilenceOf(HostId host, DateTimeOffset now)
    {
        var heard = LastHeard(host);
        return now - (heard > ListeningSince ? heard : ListeningSince);
    }

    /// <summary>
    /// To be called at every decision. Where nobody is heard for so long we or the broker are cut off, and where we did not
    /// look for so long we stood still: a broker back from an outage, a machine woken up. All then get their whole time to
    /// be heard again, or the first heard would be the end of all others.
    /// </summary>
    public void Listen(TimeSpan deafAfter, DateTimeOffset now)
    {
        var stoodStill = now - _lookedAt > deafAfter;
        _lookedAt = now;
        if (stoodStill || _hosts.Values.All(heard => now - heard > deafAfter))
        {
            ListeningSince = now;
        }
    }

    public void Heard(HostId host, DateTimeOffset now) => _hosts[host] = now;

    public void Heard(GatewayContact gateway) => _gateways[gateway.Id] = gateway;

    public GatewayContact? Find(GatewayId gateway) => _gateways.GetValueOrDefault(gateway);

    public void Forget(GatewayId gateway)
    {
        _gateways.Remove(gateway);
        _counted.Remove(gateway);
    }

    /// <summary>True once per batch of samples: the bus may deliver it again.</summary>
    public bool CountsFirst(GatewayId gateway, string session, long sequence)
    {
        if (_counted.TryGetValue(gateway, out var last) && last.Session == session && sequence <= last.Sequence)
        {
            return false;
        }

        _counted[gateway] = (session, sequence);
        return true;
    }

    public void Sent(HostId host, DateTimeOffset now) => _assignmentsSent[host] = now;

    /// <summary>True if nothing was sent for so long; then it counts as sent now.</summary>
    public bool MaySend(HostId host, TimeSpan pause, DateTimeOffset now)
    {
        if (_assignmentsSent.TryGetValue(host, out var sent) && now - sent < pause)
        {
            return false;
        }

        _assignmentsSent[host] = now;
        return true;
    }
}

/// <summary>What a gateway last said of itself.</summary>
internal sealed record GatewayContact
{
    public required GatewayId Id { get; init; }

    public required string Session { get; init; }

    public required long Epoch { get; init; }

    public required long Revision { get; init; }

    public required ImmutableHashSet<InstanceId> Busy { get; init; }

    public required DateTimeOffset HeardAt { get; init; }

    public required DateTimeOffset TableSentAt { get; init; }
}
