using System.Globalization;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Host = Orchestrator.Core.Fleet.Host;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Hosts, instances and deployments as the API shows them.</summary>
internal static class FleetShapes
{
    public static HostView Of(CellView view, Host host)
    {
        var own = view.Cell.Instances.On(host.Id).ToList();
        var used = own.Aggregate(default(Resources), (sum, instance) => sum + instance.Demand);
        var (reported, effective) = (host.Capacity, new CapacityRules(view.Cell.Pools.Values).Apply(host).Capacity);
        return new HostView
        {
            Id = host.Id.Value,
            State = Words.Of(host),
            Reason = HostReasons.Of(view.Cell, host),
            Runtime = host.Runtime,
            CpuMillicores = reported.CpuMillicores,
            CpuUsedMillicores = used.CpuMillicores,
            MemoryMebibytes = reported.MemoryMebibytes,
            MemoryUsedMebibytes = used.MemoryMebibytes,
            DiskMebibytes = reported.DiskMebibytes,
            DiskUsedMebibytes = used.DiskMebibytes,
            CpuEffectiveMillicores = Differing(effective.CpuMillicores, reported.CpuMillicores),
            MemoryEffectiveMebibytes = Differing(effective.MemoryMebibytes, reported.MemoryMebibytes),
            DiskEffectiveMebibytes = Differing(effective.DiskMebibytes, reported.DiskMebibytes),
            Others = [.. OthersOf(effective, reported, used)],
            Reserved = [.. ReservedOn(view.Cell, host.Id)],
            Instances = own.Count,
            LastHeardAt = view.LastHeard.GetValueOrDefault(host.Id),
            Labels = host.Labels,
        };
    }

    public static InstanceView Of(Instance instance) =>
        new()
        {
            Id = instance.Id.Value,
            Service = instance.Service.Value,
            Stage = instance.Stage.Value,
            Version = instance.Version.ToString(),
            Host = instance.Host.Value,
            Generation = instance.Generation,
            State = Words.Of(instance),
            Reason = instance.Observed.Reason,
            Address = instance.Observed.Address,
            Restarts = instance.Observed.Restarts,
        };

    public static DeploymentView Of(Cell cell, Deployment deployment) =>
        new()
        {
            Service = deployment.Service.Value,
            Stage = deployment.Stage.Value,
            CurrentVersion = deployment.Current?.ToString() ?? "",
            Versions = [.. SharesOf(cell, deployment)],
            Unplaced = deployment.Unplaced,
            Kind = cell.Services[deployment.Service].Template.Kind.Word,
            Batch = BatchShapes.Of(cell, deployment),
        };

    public static IEnumerable<VersionShareView> SharesOf(Cell cell, Deployment deployment)
    {
        var byVersion = cell
            .Instances.Of(new DeploymentKey(deployment.Service, deployment.Stage))
            .Where(each => each.Phase is not InstancePhase.Lost)
            .ToLookup(each => each.Version);
        return deployment.Targets.Select(target => new VersionShareView(
            target.Version.ToString(),
            BatchShapes.DesiredOf(cell, deployment, target),
            byVersion[target.Version].Count(),
            byVersion[target.Version].Count(instance => instance.IsReady),
            deployment.Run is null ? target.WeightPercent : 0 // A batch gets no requests.
        ));
    }

    /// <summary>Such as <c>team shop has 18 of 20 instances</c>.</summary>
    public static string QuotaOf(Cell cell, ServiceName service)
    {
        if (
            !cell.Services.TryGetValue(service, out var owned)
            || !cell.Teams.TryGetValue(owned.Team, out var team)
            || team.Quota.IsEmpty
        )
        {
            return "";
        }

        var uses = QuotaUse
            .Of(cell)[team.Name]
            .Where(use => use.Most is not null)
            .Select(use =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{use.Used} of {use.Most} {QuotaResources.UnitOf(use.Resource)}"
                )
            );
        return $"team {team.Name} has {string.Join(", ", uses)}";
    }

    private static IEnumerable<string> ReservedOn(Cell cell, HostId host) =>
        from train in cell.Trains.Values
        from reservation in train.Reservations
        from room in reservation.Rooms
        where room.Host == host
        select $"{train.Id} {reservation.Stage}: {room.Room}";

    private static int? Differing(int effective, int reported) => effective == reported ? null : effective;

    private static IEnumerable<string> OthersOf(Resources effective, Resources reported, Resources used) =>
        effective
            .Counts.Concat(used.Counts)
            .Select(count => count.Name)
            .Distinct()
            .Where(name => name != ResourceName.DynamicPorts || effective.CountOf(name) > 0)
            .Order()
            .Select(name =>
            {
                var (has, reports) = (effective.CountOf(name), reported.CountOf(name));
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} {used.CountOf(name)} of {(long)has + name.Implied}{(has == reports ? "" : $" ({reports} reported)")}"
                );
            });
}
