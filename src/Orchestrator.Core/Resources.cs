using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core;

/// <summary>
/// What an instance holds or a host has. No part is negative in anything that is stored. Sums end at the bounds of a whole
/// number, so that a host's are never less than what is on it.
/// </summary>
public readonly record struct Resources(int CpuMillicores, int MemoryMebibytes)
{
    private readonly ImmutableArray<NamedCount> _counts;

    /// <summary>In MiB, of the file system that the agent keeps its instances on.</summary>
    public int DiskMebibytes { get; init; }

    /// <summary>Everything else. Whatever order it is given in: sorted by name, each once, and none of it 0.</summary>
    public ImmutableArray<NamedCount> Counts
    {
        get => _counts.IsDefault ? [] : _counts;
        init => _counts = IsInOrder(value) ? value : Ordered(value);
    }

    /// <summary>Devices by class and index, with thousandths.</summary>
    public IEnumerable<NamedCount> Devices => Counts.Where(count => count.Name.Kind == ResourceKind.Device);

    /// <summary>Fixed host ports, in order.</summary>
    public IEnumerable<int> Ports =>
        Counts.Where(count => count.Name.Kind == ResourceKind.Port).Select(count => count.Name.Number).Order();

    public static Resources operator +(Resources left, Resources right) => Combine(left, right, sign: 1);

    public static Resources operator -(Resources left, Resources right) => Combine(left, right, sign: -1);

    /// <summary>Whether it has all that is asked; of disk and of what is counted by name only what is asked matters.</summary>
    public bool Covers(Resources demand)
    {
        if (
            CpuMillicores < demand.CpuMillicores
            || MemoryMebibytes < demand.MemoryMebibytes
            || (demand.DiskMebibytes > 0 && DiskMebibytes < demand.DiskMebibytes)
        )
        {
            return false;
        }

        foreach (var (name, count) in demand.Counts)
        {
            if (CountOf(name) + (long)name.Implied < count)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// What of it counts on a host of this capacity: one that reports no range of ports has an older agent, which picks
    /// from one all the same, uncounted.
    /// </summary>
    public Resources CountedOn(Resources capacity) =>
        capacity.CountOf(ResourceName.DynamicPorts) > 0 || CountOf(ResourceName.DynamicPorts) == 0
            ? this
            : this with
            {
                Counts = [.. Counts.Where(count => count.Name != ResourceName.DynamicPorts)],
            };

    /// <summary>0 when it is not there.</summary>
    public int CountOf(ResourceName name)
    {
        foreach (var count in Counts)
        {
            if (count.Name == name)
            {
                return count.Count;
            }
        }

        return 0;
    }

    public bool Equals(Resources other) =>
        CpuMillicores == other.CpuMillicores
        && MemoryMebibytes == other.MemoryMebibytes
        && DiskMebibytes == other.DiskMebibytes
        && (_counts == other._counts || Counts.AsSpan().SequenceEqual(other.Counts.AsSpan()));

    public override int GetHashCode()
    {
        var hash = HashCode.Combine(CpuMillicores, MemoryMebibytes, DiskMebibytes);
        foreach (var count in Counts)
        {
            hash = HashCode.Combine(hash, count);
        }

        return hash;
    }

    /// <summary>For people: <c>500m, 512Mi</c>, and what else there is.</summary>
    public override string ToString()
    {
        var disk = DiskMebibytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", disk {DiskMebibytes}Mi");
        var others = Counts.Select(count =>
            string.Create(CultureInfo.InvariantCulture, $", {count.Name} {count.Count}")
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{CpuMillicores}m, {MemoryMebibytes}Mi{disk}{string.Concat(others)}"
        );
    }

    private static Resources Combine(Resources left, Resources right, int sign)
    {
        var sum = new Resources(
            Sum(left.CpuMillicores, right.CpuMillicores, sign),
            Sum(left.MemoryMebibytes, right.MemoryMebibytes, sign)
        )
        {
            DiskMebibytes = Sum(left.DiskMebibytes, right.DiskMebibytes, sign),
        };
        if (right.Counts.IsEmpty)
        {
            return left.Counts.IsEmpty ? sum : sum with { Counts = left.Counts };
        }

        var signed = right.Counts.Select(count => count with { Count = Sum(0, count.Count, sign) });
        return sum with { Counts = [.. left.Counts, .. signed] };
    }

    private static int Sum(int left, int right, int sign) =>
        (int)Math.Clamp(left + ((long)right * sign), int.MinValue, int.MaxValue);

    private static bool IsInOrder(ImmutableArray<NamedCount> counts)
    {
        if (counts.IsDefaultOrEmpty)
        {
            return true;
        }

        for (var index = 0; index < counts.Length; index++)
        {
            if (counts[index].Count == 0 || (index > 0 && counts[index - 1].Name.CompareTo(counts[index].Name) >= 0))
            {
                return false;
            }
        }

        return true;
    }

    private static ImmutableArray<NamedCount> Ordered(ImmutableArray<NamedCount> counts) =>
        [
            .. counts
                .GroupBy(count => count.Name)
                .Select(same => new NamedCount(same.Key, same.Aggregate(0, (sum, each) => Sum(sum, each.Count, 1))))
                .Where(count => count.Count != 0)
                .OrderBy(count => count.Name),
        ];
}

/// <param name="Count">How many, or thousandths of a device.</param>
public sealed record NamedCount(ResourceName Name, int Count);
