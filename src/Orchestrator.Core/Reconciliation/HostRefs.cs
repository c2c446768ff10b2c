using System.Diagnostics;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Who is on a host, in no order; and the one object that rows name it by.</summary>
internal sealed class HostRefs(HostId host)
{
    private InstanceRef[] _refs = [];

    public HostId Host => host;

    public int Count { get; private set; }

    public ReadOnlySpan<InstanceRef> Refs => _refs.AsSpan(0, Count);

    public void Add(InstanceRef place)
    {
        if (Count == _refs.Length)
        {
            Array.Resize(ref _refs, Count + (Count / 4) + 4);
        }

        _refs[Count++] = place;
    }

    public void Remove(InstanceRef place)
    {
        var index = Array.IndexOf(_refs, place, startIndex: 0, Count);
        if (index < 0)
        {
            throw new UnreachableException($"{host} does not have instance {place.Number}.");
        }

        _refs[index] = _refs[--Count];
    }
}

/// <summary>Which instance, in eight bytes. Sorted by deployment, then by number.</summary>
internal readonly record struct InstanceRef : IComparable<InstanceRef>
{
    /// <summary>A million million of a deployment, and sixteen million deployments in the life of a draft.</summary>
    private const int NumberBits = 40;

    private readonly ulong _packed;

    public InstanceRef(int ordinal, long number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, 1L << NumberBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ordinal, 1 << (64 - NumberBits));
        _packed = ((ulong)ordinal << NumberBits) | (ulong)number;
    }

    public int Ordinal => (int)(_packed >> NumberBits);

    public long Number => (long)(_packed & ((1UL << NumberBits) - 1));

    public int CompareTo(InstanceRef other) => _packed.CompareTo(other._packed);
}
