using System.Collections.Immutable;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core;

namespace Orchestrator.ControlPlane.Translation;

/// <summary>A host's capacity as its agent reports it. An older agent reports no more than CPU and memory.</summary>
internal static class ReportedCapacity
{
    /// <summary>As of memory.</summary>
    private const int MaxDiskMebibytes = 256 * 1024 * 1024;
    private const int MaxPorts = 65_535;

    /// <summary>Of device classes and of custom resources each: far more than a machine has.</summary>
    private const int MaxNames = 32;

    /// <summary>As manifests ask at most.</summary>
    private const int MaxCount = 1_000_000;

    public static Resources Of(HostFacts facts) =>
        new(facts.CpuMillicores, facts.MemoryMebibytes)
        {
            DiskMebibytes = facts.DiskMebibytes ?? 0,
            Counts =
            [
                new NamedCount(ResourceName.DynamicPorts, facts.DynamicPorts ?? 0),
                .. (facts.Devices ?? ImmutableDictionary<string, int>.Empty).SelectMany(Each),
                .. (facts.Custom ?? ImmutableDictionary<string, int>.Empty).Select(count => new NamedCount(
                    ResourceName.Parse(count.Key),
                    count.Value
                )),
            ],
        };

    /// <summary>Empty when there is none.</summary>
    public static string ProblemOf(HostFacts facts) =>
        facts switch
        {
            { DiskMebibytes: < 0 or > MaxDiskMebibytes } => $"disk of {facts.DiskMebibytes} MiB is out of range",
            { DynamicPorts: < 0 or > MaxPorts } => $"{facts.DynamicPorts} dynamic ports are out of range",
            _ when !AreCounts(facts.Devices, ResourceName.MaxDevices) =>
                $"devices are more than {MaxNames} classes, or badly named, or not from 0 to {ResourceName.MaxDevices}",
            _ when !AreCounts(facts.Custom, MaxCount) =>
                $"custom resources are more than {MaxNames}, or badly named, or not from 0 to {MaxCount}",
            _ => "",
        };

    private static IEnumerable<NamedCount> Each(KeyValuePair<string, int> devices) =>
        Enumerable
            .Range(0, devices.Value)
            .Select(index => new NamedCount(ResourceName.Device(devices.Key, index), DeviceRequest.Whole));

    private static bool AreCounts(IReadOnlyDictionary<string, int>? counts, int most) =>
        counts is null
        || (
            counts.Count <= MaxNames
            && counts.All(count => ResourceName.IsPlainName(count.Key) && count.Value >= 0 && count.Value <= most)
        );
}
