using System.Collections.Immutable;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Tests.Placement;

internal static class Snapshots
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>An empty host with 4 cores and 8 GiB.</summary>
    public static HostSnapshot AHost(string id) =>
        new(
            new Host
            {
                Id = HostId.Parse(id),
                Capacity = new Resources(CpuMillicores: 4000, MemoryMebibytes: 8192),
                Labels = ImmutableSortedDictionary<string, string>.Empty,
                Runtime = "process",
                AgentVersion = "1.0.0",
                AgentSession = "s1",
                ReportSequence = 1,
                ReportDigest = "",
                ReportEpoch = 0,
                ReportRevision = 0,
                Availability = HostAvailability.Open,
                LostSince = null,
            },
            new Resources(CpuMillicores: 0, MemoryMebibytes: 0),
            OfGroup: 0
        );

    public static HostSnapshot Using(this HostSnapshot host, int cpuMillicores, int memoryMebibytes) =>
        host with
        {
            Used = new Resources(cpuMillicores, memoryMebibytes),
        };

    public static HostSnapshot Labelled(this HostSnapshot host, string label, string value) =>
        host with
        {
            Host = host.Host with { Labels = host.Host.Labels.SetItem(label, value) },
        };

    public static HostSnapshot That(this HostSnapshot host, HostAvailability availability) =>
        host with
        {
            Host = host.Host with { Availability = availability },
        };

    public static HostSnapshot Lost(this HostSnapshot host) => host with { Host = host.Host with { LostSince = Noon } };

    /// <summary>Half a core and 512 MiB, anywhere, spread.</summary>
    public static PlacementRequest ARequest() =>
        new(
            new Resources(CpuMillicores: 500, MemoryMebibytes: 512),
            ImmutableSortedDictionary<string, string>.Empty,
            PlacementWeights.Spread
        );

    public static PlacementRequest Wanting(this PlacementRequest request, string label, string value) =>
        request with
        {
            PoolSelector = request.PoolSelector.SetItem(label, value),
        };
}
