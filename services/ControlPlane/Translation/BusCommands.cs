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
    /// <param name="epoch">Of the lease that the decision is committed under: receivers refuse lower ones.</param>
    public static BusCommand From(CellCommand command, long epoch) =>
        command switch
        {
            CellCommand.Assign assign => new BusCommand(Queues.Host(assign.Host.Value), From(assign, epoch)),
            CellCommand.AskReport(var host) => new BusCommand(Queues.Host(host.Value), ReportRequest(host)),
            CellCommand.Route route => new BusCommand(Queues.Gateway(route.Gateway.Value), From(route, epoch)),
            _ => throw new UnreachableException($"No message for {command.GetType()}."),
        };

    /// <summary>Below every assignment, so that nothing changes; the agent answers it with a report all the same.</summary>
    private static AssignHost ReportRequest(HostId host) =>
        new()
        {
            HostId = host.Value,
            Epoch = 0,
            Revision = 0,
            Instances = [],
        };

    private static AssignHost From(CellCommand.Assign assign, long epoch) =>
        new()
        {
            HostId = assign.Host.Value,
            Epoch = epoch,
            Revision = assign.Revision,
            Instances = assign.Instances.Select(From).ToImmutableArray(),
        };

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
            Health = template.Health is { } health ? From(health) : null,
            StopGraceMilliseconds = Milliseconds(template.StopGrace),
            Restart = template.Kind is ServiceKind.Batch ? RestartPolicy.Never : RestartPolicy.Always,
        };
    }

    private static AssignedHealthCheck From(HealthCheck health) =>
        new()
        {
            Path = health.Path,
            IntervalMilliseconds = Milliseconds(health.Interval),
            TimeoutMilliseconds = Milliseconds(health.Timeout),
            UnhealthyAfter = health.UnhealthyAfter,
            StartupMilliseconds = Milliseconds(health.Startup),
        };

    private static RouteTable From(CellCommand.Route route, long epoch) =>
        new()
        {
            Epoch = epoch,
            Revision = route.Revision,
            Routes = route.Services.Select(From).ToImmutableArray(),
        };

    private static ServiceRoute From(RoutedService routed) =>
        new()
        {
            Service = routed.Service.Value,
            Stage = routed.Stage.Value,
            Versions = routed.Versions.Select(From).ToImmutableArray(),
        };

    private static VersionRoute From(RoutedVersion routed) =>
        new(
            routed.Version.ToString(),
            routed.WeightPercent,
            routed
                .Instances.Select(instance => new RouteEndpoint(instance.Id.Value, instance.Address))
                .ToImmutableArray()
        );

    /// <summary>The wire counts 24 days at most; what is longer means for ever to an agent, so it is cut there.</summary>
    private static int Milliseconds(TimeSpan span) => (int)Math.Clamp(span.TotalMilliseconds, 0, int.MaxValue);
}
