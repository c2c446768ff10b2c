using System.Collections.Immutable;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Who was heard when. Kept in memory only: after a restart everybody counts as heard at that moment.</summary>
internal sealed class Contacts(DateTimeOffset startedAt)
{
    private readonly Dictionary<HostId, DateTimeOffset> _hosts = [];
    private readonly Dictionary<HostId, DateTimeOffset> _assignmentsSent = [];
    private readonly SortedDictionary<GatewayId, GatewayContact> _gateways = [];
    private readonly Dictionary<GatewayId, (string Session, long Sequence)> _counted = [];

    public DateTimeOffset StartedAt => startedAt;

    public IEnumerable<GatewayContact> Gateways => _gateways.Values;

    public DateTimeOffset LastHeard(HostId host) => _hosts.GetValueOrDefault(host, startedAt);

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
