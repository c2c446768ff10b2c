using System.Collections.Immutable;
using System.Diagnostics;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using RouteEndpoint = Orchestrator.Contracts.Bus.RouteEndpoint;

namespace Orchestrator.ControlPlane.Translation;

/// <summary>From what Core decided to what the bus carries.</summary>
internal static class BusCommands
{
    private const long BytesPerMebibyte = 1L << 20;
    private const int PermillePerPercent = 10;

    /// <param name="epoch">Of the lease that the decision is committed under: receivers refuse lower ones.</param>
    public static BusCommand From(HostAssignment assignment, long epoch) =>
        new(
            Queues.Host(assignment.Host.Value),
            new AssignHost
            {
                HostId = assignment.Host.Value,
                Epoch = epoch,
                Revision = assignment.Revision,
                Instances = assignment.Instances.Select(From).ToImmutableArray(),
                Prefetch = assignment.Prefetch.IsEmpty
                    ? null
                    : assignment.Prefetch.Select(image => image.ToString()).ToImmutableArray(),
            }
        );

    public static BusCommand From(GatewayId gateway, RoutedTable table, long epoch) =>
        new(
            Queues.Gateway(gateway.Value),
            new RouteTable
            {
                Epoch = epoch,
                Revision = table.Revision,
                Routes = table.Services.Select(From).ToImmutableArray(),
            }
        );

    private static AssignedInstance From(AssignedVersion assigned)
    {
        var (instance, template) = assigned;
        return new AssignedInstance
        {
            InstanceId = instance.Id.Value,
            Generation = instance.Generation,
            Service = instance.Service.Value,
            Stage = instance.Stage.Value,
            Version = instance.Version.ToString(),
            Image = template.Image.ToString(),
            Command = template.Command,
            Environment = template.Environment,
            CpuMillicores = instance.Demand.CpuMillicores,
            CpuLimitMillicores = template.Limit.CpuMillicores,
            MemoryMebibytes = instance.Demand.MemoryMebibytes,
            MemoryLimitMebibytes = template.Limit.MemoryMebibytes,
            Port = template.Port,
            HostPorts = instance.Demand.Counts.IsEmpty ? null : instance.Demand.Ports.ToImmutableArray(),
            Devices = instance.Demand.Counts.IsEmpty ? null : DevicesOf(instance.Demand),
            Health = template.Health is { } health ? From(health) : null,
            Liveness = template.Liveness is { } liveness ? From(liveness) : null,
            StopGraceMilliseconds = Milliseconds(template.StopGrace),
            Container = ContainerCommands.From(template.Container),
            Restart = template.Kind is ServiceKind.Batch ? RestartPolicy.Never : RestartPolicy.Always,
        };
    }

    private static AssignedHealthCheck From(HealthCheck health) =>
        new()
        {
            Protocol = health.Question switch
            {
                null => HealthProtocol.Http,
                HealthQuestion.Tcp => HealthProtocol.Tcp,
                HealthQuestion.Exec => HealthProtocol.Exec,
                HealthQuestion.Grpc => HealthProtocol.Grpc,
                _ => throw new UnreachableException(),
            },
            Path = health.Path,
            Command = health.Question is HealthQuestion.Exec(var command) ? command : null,
            Service = health.Question is HealthQuestion.Grpc(var service) ? service : null,
            IntervalMilliseconds = Milliseconds(health.Interval),
            TimeoutMilliseconds = Milliseconds(health.Timeout),
            UnhealthyAfter = health.UnhealthyAfter,
            StartupMilliseconds = Milliseconds(health.Startup),
        };

    private static ServiceRoute From(RoutedService routed) =>
        new()
        {
            Service = routed.Service.Value,
            Stage = routed.Stage.Value,
            Versions = routed.Versions.Select(From).ToImmutableArray(),
            Sticky = routed.Rules.Sticky is { } sticky
                ? new StickyRoute
                {
                    Header = sticky.Header,
                    Cookie = sticky.Cookie,
                    CookieSeconds = (int?)sticky.CookieFor?.TotalSeconds,
                }
                : null,
            IsHttp2 = routed.Rules.IsHttp2 ? true : null,
            MaxBodyBytes = (long?)routed.Rules.MaxBodyMebibytes * BytesPerMebibyte,
            HealthPath = routed.Rules.HealthPath,
        };

    private static VersionRoute From(RoutedVersion routed) =>
        new(
            routed.Version.ToString(),
            (int)routed.WeightPercent,
            routed
                .Instances.Select(instance => new RouteEndpoint(instance.Id.Value, instance.Address)
                {
                    IsPeer = instance.IsPeer ? true : null,
                })
                .ToImmutableArray()
        )
        {
            WeightPermille = (int)(routed.WeightPercent * PermillePerPercent),
            IsPreview = routed.IsPreview ? true : null,
        };

    /// <summary>Below every assignment, so that nothing changes; the agent answers it with a report all the same.</summary>
    public static BusCommand ReportRequest(HostId host) =>
        new(
            Queues.Host(host.Value),
            new AssignHost
            {
                HostId = host.Value,
                Epoch = 0,
                Revision = 0,
                Instances = [],
            }
        );

    /// <summary>The wire counts 24 days at most; what is longer means for ever to an agent, so it is cut there.</summary>
    private static ImmutableSortedDictionary<string, IReadOnlyList<int>> DevicesOf(Resources held) =>
        held
            .Devices.GroupBy(device => device.Name.Class, StringComparer.Ordinal)
            .ToImmutableSortedDictionary(
                same => same.Key,
                IReadOnlyList<int> (same) => same.Select(device => device.Name.Number).Order().ToImmutableArray(),
                StringComparer.Ordinal
            );

    private static int Milliseconds(TimeSpan span) => (int)Math.Clamp(span.TotalMilliseconds, 0, int.MaxValue);
}
