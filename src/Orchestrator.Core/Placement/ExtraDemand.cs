using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>
/// What a request asks beyond CPU and memory, with the columns that say what is free of it. Requests that ask nothing of
/// the kind have none, and never look at those columns.
/// </summary>
internal sealed class ExtraDemand
{
    private readonly HostColumns _hosts;
    private readonly Resources _demand;
    private readonly ImmutableArray<(CountColumn Column, int Count)> _counts;
    private readonly ImmutableArray<(DeviceColumn Column, DeviceRequest Request)> _devices;

    private ExtraDemand(PlacementRequest request, HostColumns hosts)
    {
        (_hosts, _demand) = (hosts, request.Demand);
        _counts = [.. request.Demand.Counts.Select(count => (hosts.Extras.Counts(count.Name), count.Count))];
        _devices = [.. request.Devices.Select(device => (hosts.Extras.Devices(device.Class), device))];
        DeviceThousandths = request.Devices.Sum(device => device.TotalThousandths);
    }

    public int DeviceThousandths { get; }

    /// <summary>Null when the request asks nothing beyond CPU and memory.</summary>
    public static ExtraDemand? Of(PlacementRequest request, HostColumns hosts) =>
        request.Demand.DiskMebibytes == 0 && request.Demand.Counts.IsEmpty && request.Devices.IsEmpty
            ? null
            : new ExtraDemand(request, hosts);

    /// <summary>The code of the first reason against a host, or <see cref="HostFilter.Open"/>.</summary>
    public int Refuse(int slot)
    {
        if (_demand.DiskMebibytes > 0 && _hosts.FreeDisk(slot) < _demand.DiskMebibytes)
        {
            return HostFilter.Code(RefusalReason.LacksDisk);
        }

        var refused = int.MaxValue;
        foreach (var (column, count) in _counts)
        {
            if (!column.HasRoom(slot, count))
            {
                refused = Math.Min(refused, HostFilter.Code(ReasonOf(column.Name)));
            }
        }

        foreach (var (column, request) in _devices)
        {
            if (column.CountFree(slot, request.Thousandths) < request.Count)
            {
                refused = Math.Min(refused, HostFilter.Code(RefusalReason.LacksDevices));
            }
        }

        return refused == int.MaxValue ? HostFilter.Open : refused;
    }

    /// <summary>
    /// Points of the scarcest of what is asked, after the placement; for a host that is not refused. Ports say nothing of
    /// how full a host is.
    /// </summary>
    public int HeadroomAfter(int slot)
    {
        var headroom = PlacementFleet.MaxScore;
        if (_demand.DiskMebibytes > 0)
        {
            var free = (long)_hosts.FreeDisk(slot) - _demand.DiskMebibytes;
            headroom = Points.Of(free, _hosts[slot].Capacity.DiskMebibytes);
        }

        foreach (var (column, count) in _counts)
        {
            if (column.Name.Kind is not (ResourceKind.Port or ResourceKind.DynamicPorts))
            {
                headroom = Math.Min(headroom, column.HeadroomAfter(slot, count));
            }
        }

        foreach (var (column, request) in _devices)
        {
            headroom = Math.Min(headroom, column.HeadroomAfter(slot, request));
        }

        return headroom;
    }

    /// <summary>What is free on a host of all that is asked.</summary>
    public Resources FreeOf(int slot)
    {
        var free = ImmutableArray.CreateBuilder<NamedCount>();
        free.AddRange(_counts.Select(each => new NamedCount(each.Column.Name, each.Column.FreeOf(slot))));
        foreach (var (column, _) in _devices)
        {
            for (var index = 0; index < ResourceName.MaxDevices; index++)
            {
                free.Add(new NamedCount(column.NameOf(index), column.FreeOf(slot, index)));
            }
        }

        return _hosts.FreeOf(slot) with
        {
            Counts = free.ToImmutable(),
        };
    }

    /// <summary>What is asked, with the devices that a placement on a host that fits gets.</summary>
    public Resources HoldingOn(int slot) =>
        _devices.IsEmpty
            ? _demand
            : _demand with
            {
                Counts =
                [
                    .. _demand.Counts,
                    .. _devices.SelectMany(device => device.Column.Grant(slot, device.Request)),
                ],
            };

    private static RefusalReason ReasonOf(ResourceName name) =>
        name.Kind switch
        {
            ResourceKind.Port => RefusalReason.PortTaken,
            ResourceKind.DynamicPorts => RefusalReason.LacksPorts,
            ResourceKind.Device => RefusalReason.LacksDevices,
            ResourceKind.Countable => RefusalReason.LacksResource,
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
}
