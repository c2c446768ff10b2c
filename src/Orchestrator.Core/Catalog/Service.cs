using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core.Catalog;

/// <summary>An independently versioned component. Its template is what a published version takes over unless it says otherwise.</summary>
public sealed record Service
{
    /// <summary>Of who says nothing, and of services that were stored before there were priorities.</summary>
    public const int DefaultPriority = 100;

    public required ServiceName Name { get; init; }

    public required TeamName Team { get; init; }

    public required InstanceTemplate Template { get; init; }

    public required ImmutableArray<Dependency> Dependencies { get; init; }

    /// <summary>0 to 1000. Instances of a higher one may take the room of instances of a lower one.</summary>
    public int Priority { get; init; } = DefaultPriority;

    public RoutingRules Routing { get; init; } = RoutingRules.Usual;
}

/// <summary>A service that must have a version in the range at a stage before this one may run there.</summary>
public sealed record Dependency(ServiceName Service, VersionRange Range);

/// <summary>How one instance runs.</summary>
public sealed record InstanceTemplate
{
    public required ImageReference Image { get; init; }

    /// <summary>Program, rooted in the image, and arguments; empty means the image's entry point.</summary>
    public required ImmutableArray<string> Command { get; init; }

    public required ImmutableSortedDictionary<string, string> Environment { get; init; }

    /// <summary>What placement sets aside.</summary>
    public required Resources Request { get; init; }

    /// <summary>Which of them is decided with the host; each class at most once, sorted.</summary>
    public ImmutableArray<DeviceRequest> Devices { get; init; } = [];

    /// <summary>What the runtime enforces, of CPU and memory; 0 means no limit.</summary>
    public required Resources Limit { get; init; }

    /// <summary>1 to 65535, or 0 for one that answers no requests.</summary>
    public required int Port { get; init; }

    /// <summary>Whether it may get requests; null: ready once it runs.</summary>
    public required HealthCheck? Health { get; init; }

    /// <summary>Whether it must be restarted, asked from when it was ready first; null: never asked.</summary>
    public HealthCheck? Liveness { get; init; }

    /// <summary>From the stop signal to SIGKILL.</summary>
    public required TimeSpan StopGrace { get; init; }

    public required PlacementRules Placement { get; init; }

    public ContainerSettings Container { get; init; } = ContainerSettings.None;

    public ServiceKind Kind { get; init; } = new ServiceKind.Service();

    /// <summary>What is asked beside CPU and memory, one line each, in order: alike exactly when it is the same.</summary>
    public IEnumerable<string> BeyondCpuAndMemory() =>
        [
            .. Request.DiskMebibytes == 0
                ? (string[])[]
                : [string.Create(CultureInfo.InvariantCulture, $"disk: {Request.DiskMebibytes} MiB")],
            .. Request.Counts.Select(count =>
                string.Create(CultureInfo.InvariantCulture, $"count: {count.Name} {count.Count}")
            ),
            .. Devices.Select(device => $"devices: {device.Line()}"),
        ];
}
