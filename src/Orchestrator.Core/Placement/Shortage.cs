using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core.Placement;

/// <summary>What a host lacks for a request, with the share of what is asked that is missing. Empty when it has room.</summary>
internal sealed record Shortage(ImmutableArray<Shortage.Part> Parts)
{
    /// <summary>Shares of two whole numbers of 31 bits that differ, differ still when they are rounded to so many bits.</summary>
    private const int ShareBits = 62;

    /// <summary>The largest share that is missing: orders hosts exactly, for one and the same request only.</summary>
    public Int128 Share => Parts.Select(part => part.Share).DefaultIfEmpty().Max();

    /// <param name="free">At least of all that is asked.</param>
    public static Shortage Of(PlacementRequest request, Resources free, Resources capacity)
    {
        var demand = request.Demand;
        var parts = ImmutableArray.CreateBuilder<Part>();
        AddAmount(parts, demand.CpuMillicores, free.CpuMillicores, capacity.CpuMillicores, "millicores of CPU");
        AddAmount(parts, demand.MemoryMebibytes, free.MemoryMebibytes, capacity.MemoryMebibytes, "MiB of memory");
        if (demand.DiskMebibytes > 0)
        {
            AddAmount(parts, demand.DiskMebibytes, free.DiskMebibytes, capacity.DiskMebibytes, "MiB of disk");
        }

        foreach (var (name, count) in demand.Counts)
        {
            Add(parts, name, count, free.CountOf(name), capacity.CountOf(name));
        }

        foreach (var device in request.Devices)
        {
            Add(
                parts,
                device,
                [.. free.Devices.Where(each => each.Name.Class == device.Class).Select(each => each.Count)]
            );
        }

        return new Shortage(parts.ToImmutable());
    }

    /// <summary>Such as <c>host h3 lacks 256 MiB of memory; port 8080 is taken on host h3</c>.</summary>
    public string On(HostId host)
    {
        var lacks = Parts.Where(part => part.Taken.Length == 0).Select(part => part.Missing).ToList();
        IEnumerable<string> sentences =
        [
            .. lacks.Count == 0 ? (string[])[] : [$"host {host} lacks {string.Join(" and ", lacks)}"],
            .. Parts.Where(part => part.Taken.Length > 0).Select(part => $"{part.Taken} on host {host}"),
        ];
        return string.Join("; ", sentences);
    }

    private static void AddAmount(ImmutableArray<Part>.Builder parts, int asked, int free, int capacity, string unit)
    {
        if (free < asked)
        {
            parts.Add(
                new Part(
                    Text($"{(long)asked - free} {unit}"),
                    Text($"{asked} wanted, {free} of {capacity} free"),
                    ShareOf((long)asked - free, asked)
                )
            );
        }
    }

    private static void Add(ImmutableArray<Part>.Builder parts, ResourceName name, int asked, int free, int capacity)
    {
        switch (name.Kind)
        {
            case ResourceKind.Port:
                if (free + (long)name.Implied < asked)
                {
                    parts.Add(new Part("", "", ShareOf(1, 1)) { Taken = Text($"port {name.Number} is taken") });
                }

                break;
            case ResourceKind.DynamicPorts:
                if (capacity > 0 && free < asked)
                {
                    parts.Add(new Part("", "", ShareOf((long)asked - free, asked)) { Taken = "no host port is free" });
                }

                break;
            default:
                AddAmount(parts, asked, free, capacity, name.Value);
                break;
        }
    }

    private static void Add(ImmutableArray<Part>.Builder parts, DeviceRequest asked, ImmutableArray<int> free)
    {
        var fitting = free.Count(thousandths => thousandths >= asked.Thousandths);
        if (fitting >= asked.Count)
        {
            return;
        }

        var most = Math.Max(0, free.DefaultIfEmpty().Max());
        parts.Add(
            asked.Thousandths == DeviceRequest.Whole
                ? new Part(
                    Text($"{asked.Count - fitting} idle {asked.Class}"),
                    Text($"{asked.Count} wanted, {fitting} idle"),
                    ShareOf(asked.Count - fitting, asked.Count)
                )
                : new Part(
                    Text($"{asked.Thousandths - most} thousandths of a {asked.Class}"),
                    Text($"{asked.Thousandths} wanted, {most} free on the device with most"),
                    ShareOf(asked.Thousandths - most, asked.Thousandths)
                )
        );
    }

    private static Int128 ShareOf(long missing, int asked) => ((Int128)missing << ShareBits) / Math.Max(1, asked);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <param name="Missing">Such as <c>256 MiB of memory</c>.</param>
    /// <param name="Figures">Such as <c>512 wanted, 256 of 4096 free</c>.</param>
    internal sealed record Part(string Missing, string Figures, Int128 Share)
    {
        /// <summary>Such as <c>port 8080 is taken</c>; empty for what is missing in some amount.</summary>
        public string Taken { get; init; } = "";
    }
}
