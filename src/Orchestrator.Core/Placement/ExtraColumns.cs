using System.Runtime.CompilerServices;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Columns of what is counted by name, each made when something first asks for it or takes it: so there are as many as
/// manifests name, and a fleet that knows only CPU, memory and disk has none.
/// </summary>
internal sealed class ExtraColumns(IReadOnlyList<Host> hosts)
{
    private readonly Dictionary<ResourceName, CountColumn> _counts = [];
    private readonly Dictionary<string, DeviceColumn> _devices = new(StringComparer.Ordinal);

    public CountColumn Counts(ResourceName name)
    {
        if (!_counts.TryGetValue(name, out var column))
        {
            _counts[name] = column = new CountColumn(name);
            for (var slot = 0; slot < hosts.Count; slot++)
            {
                column.Insert(slot, hosts[slot].Capacity, slot + 1);
            }
        }

        return column;
    }

    public DeviceColumn Devices(string deviceClass)
    {
        if (!_devices.TryGetValue(deviceClass, out var column))
        {
            _devices[deviceClass] = column = new DeviceColumn(deviceClass);
            for (var slot = 0; slot < hosts.Count; slot++)
            {
                column.Insert(slot, hosts[slot].Capacity, slot + 1);
            }
        }

        return column;
    }

    /// <param name="count">With the new slot.</param>
    public void Insert(int slot, Resources capacity, int count)
    {
        foreach (var column in _counts.Values)
        {
            column.Insert(slot, capacity, count);
        }

        foreach (var column in _devices.Values)
        {
            column.Insert(slot, capacity, count);
        }
    }

    /// <param name="count">Without the removed slot.</param>
    public void Remove(int slot, int count)
    {
        foreach (var column in _counts.Values)
        {
            column.Remove(slot, count);
        }

        foreach (var column in _devices.Values)
        {
            column.Remove(slot, count);
        }
    }

    public void Replace(int slot, Resources before, Resources capacity)
    {
        foreach (var column in _counts.Values)
        {
            column.Replace(slot, before, capacity);
        }

        foreach (var column in _devices.Values)
        {
            column.Replace(slot, before, capacity);
        }
    }

    public void Take(int slot, NamedCount taken)
    {
        if (taken.Name.Kind == ResourceKind.Device)
        {
            Devices(taken.Name.Class).Take(slot, taken.Name.Number, taken.Count);
        }
        else
        {
            Counts(taken.Name).Take(slot, taken.Count);
        }
    }
}

/// <summary>How many of one thing each host has and has free. Below 0 when the host says that it has less than is taken.</summary>
internal sealed class CountColumn(ResourceName name)
{
    private int[] _free = [];
    private int[] _capacity = [];

    public ResourceName Name { get; } = name;

    /// <summary>By slot; what every host has beyond what is said is not in it.</summary>
    public int FreeOf(int slot) => _free[slot];

    /// <summary>A host that reports no range of ports has an older agent, which picks from one all the same.</summary>
    public bool HasRoom(int slot, int count) =>
        _free[slot] + (long)Name.Implied >= count || (Name.Kind == ResourceKind.DynamicPorts && _capacity[slot] == 0);

    /// <summary>Of a host with room for them: points of what stays free.</summary>
    public int HeadroomAfter(int slot, int count) => Points.Of(_free[slot] - (long)count, _capacity[slot]);

    public void Insert(int slot, Resources capacity, int count)
    {
        Column.Insert(ref _free, slot, count);
        Column.Insert(ref _capacity, slot, count);
        _free[slot] = _capacity[slot] = capacity.CountOf(Name);
    }

    public void Remove(int slot, int count)
    {
        Column.Remove(_free, slot, count);
        Column.Remove(_capacity, slot, count);
    }

    public void Replace(int slot, Resources before, Resources capacity)
    {
        _capacity[slot] = capacity.CountOf(Name);
        _free[slot] += _capacity[slot] - before.CountOf(Name);
    }

    public void Take(int slot, int count) => _free[slot] -= count;
}

/// <summary>How many thousandths each device of a class has free on each host.</summary>
internal sealed class DeviceColumn(string deviceClass)
{
    private readonly ResourceName[] _names =
    [
        .. Enumerable.Range(0, ResourceName.MaxDevices).Select(index => ResourceName.Device(deviceClass, index)),
    ];

    /// <summary>As long as <see cref="ResourceName.MaxDevices"/>.</summary>
    private InlineArray16<int>[] _free = [];
    private int[] _capacity = [];

    public ResourceName NameOf(int index) => _names[index];

    public int FreeOf(int slot, int index) => _free[slot][index];

    /// <summary>How many devices have so much free.</summary>
    public int CountFree(int slot, int thousandths)
    {
        var count = 0;
        foreach (var free in (ReadOnlySpan<int>)_free[slot])
        {
            count += free >= thousandths ? 1 : 0;
        }

        return count;
    }

    /// <summary>Of a host with room for it: points of what stays free.</summary>
    public int HeadroomAfter(int slot, DeviceRequest request)
    {
        var free = 0L;
        foreach (var each in (ReadOnlySpan<int>)_free[slot])
        {
            free += each;
        }

        return Points.Of(free - request.TotalThousandths, _capacity[slot]);
    }

    /// <summary>The devices that are used most and have room, so that whole ones stay whole; the lower index of equals.</summary>
    public IEnumerable<NamedCount> Grant(int slot, DeviceRequest request) =>
        Enumerable
            .Range(0, ResourceName.MaxDevices)
            .Where(index => _free[slot][index] >= request.Thousandths)
            .OrderBy(index => _free[slot][index])
            .Take(request.Count)
            .Select(index => new NamedCount(_names[index], request.Thousandths));

    public void Insert(int slot, Resources capacity, int count)
    {
        Column.Insert(ref _free, slot, count);
        Column.Insert(ref _capacity, slot, count);
        Add(slot, capacity, sign: 1);
    }

    public void Remove(int slot, int count)
    {
        Column.Remove(_free, slot, count);
        Column.Remove(_capacity, slot, count);
    }

    public void Replace(int slot, Resources before, Resources capacity)
    {
        Add(slot, before, sign: -1);
        Add(slot, capacity, sign: 1);
    }

    public void Take(int slot, int index, int thousandths) => _free[slot][index] -= thousandths;

    private void Add(int slot, Resources capacity, int sign)
    {
        foreach (var (name, count) in capacity.Counts)
        {
            if (name.Kind == ResourceKind.Device && name.Class == deviceClass)
            {
                _free[slot][name.Number] += sign * count;
                _capacity[slot] += sign * count;
            }
        }
    }
}

/// <summary>Shares as whole points.</summary>
internal static class Points
{
    /// <summary>0 to <see cref="PlacementFleet.MaxScore"/>, rounded down; 0 of nothing.</summary>
    public static int Of(long part, long whole) =>
        part <= 0 || whole <= 0 ? 0 : (int)Math.Min(PlacementFleet.MaxScore, PlacementFleet.MaxScore * part / whole);
}
