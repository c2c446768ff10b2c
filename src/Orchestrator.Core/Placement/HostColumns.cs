using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>
/// The hosts of a fleet as columns, ordered by id: a host's slot is its rank, so the lower slot wins where scores tie. What
/// is free is kept as a sum; nothing is counted anew when something is placed.
/// </summary>
internal sealed class HostColumns
{
    /// <summary>Half a million cores, half a petabyte: up to here the vector code's remainders fit into 32 bits.</summary>
    private const int MaxVectorCapacity = 1 << 29;

    private readonly Dictionary<HostId, int> _slots = [];
    private readonly List<Host> _hosts = [];
    private int _hostsWithDevices;
    private int[] _freeCpu = [];
    private int[] _freeMemory = [];
    private int[] _capacityCpu = [];
    private int[] _capacityMemory = [];
    private float[] _scaleCpu = [];
    private float[] _scaleMemory = [];
    private int[] _freeDisk = [];
    private int[] _capacityDevices = [];
    private int[] _freeDevices = [];
    private int[] _idleDevices = [];

    public HostColumns() => Extras = new ExtraColumns(_hosts);

    public int Count => _hosts.Count;

    /// <summary>Whether a host is larger than the vector code can score. Once true it stays so: such hosts are typing errors.</summary>
    public bool HasGiants { get; private set; }

    public ReadOnlySpan<int> FreeCpu => _freeCpu.AsSpan(0, Count);

    public ReadOnlySpan<int> FreeMemory => _freeMemory.AsSpan(0, Count);

    /// <summary>At least 1: a host that has none of it has none free either, which makes 0 points.</summary>
    public ReadOnlySpan<int> CapacityCpu => _capacityCpu.AsSpan(0, Count);

    /// <inheritdoc cref="CapacityCpu"/>
    public ReadOnlySpan<int> CapacityMemory => _capacityMemory.AsSpan(0, Count);

    /// <summary>Points per millicore, nearly.</summary>
    public ReadOnlySpan<float> ScaleCpu => _scaleCpu.AsSpan(0, Count);

    /// <summary>Points per MiB, nearly.</summary>
    public ReadOnlySpan<float> ScaleMemory => _scaleMemory.AsSpan(0, Count);

    /// <summary>What is counted by name.</summary>
    public ExtraColumns Extras { get; }

    public bool HasDevices => _hostsWithDevices > 0;

    /// <summary>Points of all devices of a host that nobody uses; 0 where there are none.</summary>
    public ReadOnlySpan<int> IdleDevices => _idleDevices.AsSpan(0, Count);

    /// <summary>Thousandths of all devices together; below 0 where the host says that it has less than is taken.</summary>
    public ReadOnlySpan<int> FreeDevices => _freeDevices.AsSpan(0, Count);

    /// <summary>The most of each that any host has, not of one host.</summary>
    public HostSize Largest { get; private set; } = HostSize.Smallest;

    public Host this[int slot] => _hosts[slot];

    public int SlotOf(HostId id) => _slots[id];

    public bool TryFind(HostId id, out int slot) => _slots.TryGetValue(id, out slot);

    /// <summary>CPU, memory and disk.</summary>
    public Resources FreeOf(int slot) => new(_freeCpu[slot], _freeMemory[slot]) { DiskMebibytes = _freeDisk[slot] };

    /// <summary>In MiB.</summary>
    public int FreeDisk(int slot) => _freeDisk[slot];

    /// <summary>Points of a host's devices that are idle when so many thousandths more are in use.</summary>
    public int IdleDevicesAfter(int slot, int thousandths) =>
        Points.Of(_freeDevices[slot] - (long)thousandths, _capacityDevices[slot]);

    /// <summary>Where the id is, or the complement of where it belongs.</summary>
    public int Search(HostId id)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            switch (_hosts[middle].Id.CompareTo(id))
            {
                case 0:
                    return middle;
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }

        return ~low;
    }

    public void Insert(int slot, Host host)
    {
        _hosts.Insert(slot, host);
        Column.Insert(ref _freeCpu, slot, Count);
        Column.Insert(ref _freeMemory, slot, Count);
        Column.Insert(ref _capacityCpu, slot, Count);
        Column.Insert(ref _capacityMemory, slot, Count);
        Column.Insert(ref _scaleCpu, slot, Count);
        Column.Insert(ref _scaleMemory, slot, Count);
        Column.Insert(ref _freeDisk, slot, Count);
        Column.Insert(ref _capacityDevices, slot, Count);
        Column.Insert(ref _freeDevices, slot, Count);
        Column.Insert(ref _idleDevices, slot, Count);
        Extras.Insert(slot, host.Capacity, Count);
        Number(slot);
        Measure(slot, host, before: default);
    }

    public void Remove(int slot)
    {
        _hostsWithDevices -= _capacityDevices[slot] > 0 ? 1 : 0;
        _slots.Remove(_hosts[slot].Id);
        _hosts.RemoveAt(slot);
        Column.Remove(_freeCpu, slot, Count);
        Column.Remove(_freeMemory, slot, Count);
        Column.Remove(_capacityCpu, slot, Count);
        Column.Remove(_capacityMemory, slot, Count);
        Column.Remove(_scaleCpu, slot, Count);
        Column.Remove(_scaleMemory, slot, Count);
        Column.Remove(_freeDisk, slot, Count);
        Column.Remove(_capacityDevices, slot, Count);
        Column.Remove(_freeDevices, slot, Count);
        Column.Remove(_idleDevices, slot, Count);
        Extras.Remove(slot, Count);
        Number(slot);
        FindLargest();
    }

    public void Replace(int slot, Host host)
    {
        var before = _hosts[slot].Capacity;
        _hosts[slot] = host;
        Extras.Replace(slot, before, host.Capacity);
        var size = SizeOf(slot);
        Measure(slot, host, before);
        if (SizeOf(slot) != size)
        {
            FindLargest();
        }
    }

    /// <summary>A negative demand gives back.</summary>
    public void Take(int slot, Resources demand)
    {
        _freeCpu[slot] -= demand.CpuMillicores;
        _freeMemory[slot] -= demand.MemoryMebibytes;
        _freeDisk[slot] -= demand.DiskMebibytes;
        foreach (var count in demand.Counts)
        {
            Extras.Take(slot, count);
            _freeDevices[slot] -= count.Name.Kind == ResourceKind.Device ? count.Count : 0;
        }

        _idleDevices[slot] = demand.Counts.IsEmpty ? _idleDevices[slot] : IdleDevicesAfter(slot, thousandths: 0);
    }

    /// <param name="before">The capacity that what is free was counted from.</param>
    private void Measure(int slot, Host host, Resources before)
    {
        var capacity = host.Capacity;
        _freeCpu[slot] += capacity.CpuMillicores - before.CpuMillicores;
        _freeMemory[slot] += capacity.MemoryMebibytes - before.MemoryMebibytes;
        _freeDisk[slot] += capacity.DiskMebibytes - before.DiskMebibytes;
        HasGiants |= Math.Max(capacity.CpuMillicores, capacity.MemoryMebibytes) > MaxVectorCapacity;
        _capacityCpu[slot] = Math.Max(1, capacity.CpuMillicores);
        _capacityMemory[slot] = Math.Max(1, capacity.MemoryMebibytes);
        _scaleCpu[slot] = (float)PlacementFleet.MaxScore / _capacityCpu[slot];
        _scaleMemory[slot] = (float)PlacementFleet.MaxScore / _capacityMemory[slot];
        MeasureDevices(slot, capacity.Counts.IsEmpty ? 0 : capacity.Devices.Sum(device => device.Count));
    }

    private void MeasureDevices(int slot, int thousandths)
    {
        _hostsWithDevices += (thousandths > 0 ? 1 : 0) - (_capacityDevices[slot] > 0 ? 1 : 0);
        _freeDevices[slot] += thousandths - _capacityDevices[slot];
        _capacityDevices[slot] = thousandths;
        _idleDevices[slot] = IdleDevicesAfter(slot, thousandths: 0);
        Largest = Largest.Or(SizeOf(slot));
    }

    private HostSize SizeOf(int slot) => new(_capacityCpu[slot], _capacityMemory[slot], _capacityDevices[slot]);

    /// <summary>Only when one leaves that may have been the largest.</summary>
    private void FindLargest()
    {
        Largest = HostSize.Smallest;
        for (var slot = 0; slot < Count; slot++)
        {
            Largest = Largest.Or(SizeOf(slot));
        }
    }

    private void Number(int from)
    {
        for (var slot = from; slot < Count; slot++)
        {
            _slots[_hosts[slot].Id] = slot;
        }
    }
}

/// <summary>What a host has; each at least 1.</summary>
/// <param name="Devices">Thousandths of all together.</param>
internal readonly record struct HostSize(int Cpu, int Memory, int Devices)
{
    public static readonly HostSize Smallest = new(1, 1, 1);

    /// <summary>The larger of both in each respect.</summary>
    public HostSize Or(HostSize other) =>
        new(Math.Max(Cpu, other.Cpu), Math.Max(Memory, other.Memory), Math.Max(Devices, other.Devices));
}

/// <summary>Arrays that grow by doubling and keep the order of slots.</summary>
internal static class Column
{
    private const int Smallest = 16;

    /// <param name="count">With the new slot.</param>
    public static void Insert<T>(ref T[] column, int slot, int count)
        where T : struct
    {
        if (column.Length < count)
        {
            Array.Resize(ref column, Math.Max(Smallest, count * 2));
        }

        Array.Copy(column, slot, column, slot + 1, count - slot - 1);
        column[slot] = default;
    }

    /// <param name="count">Without the removed slot.</param>
    public static void Remove<T>(T[] column, int slot, int count)
        where T : struct => Array.Copy(column, slot + 1, column, slot, count - slot);
}
