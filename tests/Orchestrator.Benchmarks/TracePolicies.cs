using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>Who decides where a pod of a trace goes.</summary>
internal interface ITracePolicy
{
    /// <summary>Whether it found room. It holds that until <see cref="Release"/>.</summary>
    /// <param name="number">Of the arrival: the same pod may arrive more than once.</param>
    bool TryPlace(int number, TracePod pod);

    void Release(int number);
}

/// <summary>Our placement, with the weights of a pool that packs.</summary>
internal sealed class OurPolicy : ITracePolicy
{
    private const string Class = "gpu";
    private const string Model = "gpu.model";

    private readonly PlacementFleet _fleet = new();
    private readonly Dictionary<TracePod, PlacementSpec> _specs = [];
    private readonly Dictionary<int, (HostId Host, Resources Holding, PlacementGroup Group)> _placed = [];

    public OurPolicy(Trace trace)
    {
        foreach (var host in trace.Hosts)
        {
            var labels = ImmutableSortedDictionary<string, string>.Empty;
            var capacity = new Resources(host.CpuMillicores, host.MemoryMebibytes)
            {
                Counts =
                [
                    .. Enumerable
                        .Range(0, host.Gpus)
                        .Select(index => new NamedCount(ResourceName.Device(Class, index), DeviceRequest.Whole)),
                ],
            };
            _fleet.Put(Fleets.AHost(host.Name, capacity, host.Gpus == 0 ? labels : labels.Add(Model, host.Model)));
        }
    }

    public bool TryPlace(int number, TracePod pod)
    {
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        var spec = SpecOf(pod);
        var choice = _fleet.Choose(spec, refusals);
        if (!choice.IsFound)
        {
            return false;
        }

        var holding = _fleet.HoldingOf(spec, choice.Host);
        _fleet.Take(choice.Host, holding);
        _fleet.Count(choice.Host, spec.Group, more: 1);
        _placed[number] = (choice.Host, holding, spec.Group);
        return true;
    }

    public void Release(int number)
    {
        _placed.Remove(number, out var place);
        _fleet.Take(place.Host, default(Resources) - place.Holding);
        _fleet.Count(place.Host, place.Group, more: -1);
    }

    /// <summary>Pods that ask the same are one service.</summary>
    private PlacementSpec SpecOf(TracePod pod)
    {
        var kind = pod with { Name = "", From = 0, Until = 0, Models = [] };
        var models = string.Join('|', pod.Models);
        kind = kind with { Name = models };
        if (!_specs.TryGetValue(kind, out var spec))
        {
            var request = Fleets.Request(
                new Resources(pod.CpuMillicores, pod.MemoryMebibytes),
                PlacementWeights.BinPack
            ) with
            {
                Devices = pod.Gpus == 0 ? [] : [new DeviceRequest(Class, pod.Gpus, pod.GpuThousandths)],
                Rules = pod.Models.IsEmpty
                    ? PlacementRules.None
                    : PlacementRules.None with
                    {
                        Constraints = [new HostConstraint.OneOf(Model, [.. pod.Models])],
                    },
            };
            _specs[kind] = spec = new PlacementSpec(request, Fleets.Group(_specs.Count));
        }

        return spec;
    }
}

/// <summary>Any order of preference over hosts and devices, as plain as can be.</summary>
/// <param name="rank">Of a host on which the pod fits: the lowest wins, and the first of equals.</param>
internal sealed class PlainPolicy(Trace trace, Func<PlainPolicy.Machine, TracePod, double> rank) : ITracePolicy
{
    private readonly Machine[] _machines = [.. trace.Hosts.Select(host => new Machine(host))];
    private readonly Dictionary<int, (Machine Machine, TracePod Pod, int[] Devices)> _placed = [];

    public static PlainPolicy FirstFit(Trace trace) => new(trace, (_, _) => 0);

    /// <summary>The least that stays free, each resource against the largest host's.</summary>
    public static PlainPolicy BestFit(Trace trace)
    {
        var cpu = (double)trace.Hosts.Max(host => host.CpuMillicores);
        var memory = (double)trace.Hosts.Max(host => host.MemoryMebibytes);
        var gpus = (double)trace.Hosts.Max(host => host.Gpus) * DeviceRequest.Whole;
        return new PlainPolicy(
            trace,
            (machine, pod) =>
                ((machine.FreeCpu - pod.CpuMillicores) / cpu)
                + ((machine.FreeMemory - pod.MemoryMebibytes) / memory)
                + ((machine.FreeThousandths - (pod.Gpus * pod.GpuThousandths)) / gpus)
        );
    }

    public static PlainPolicy RandomFit(Trace trace, ulong seed)
    {
        var draws = new Draws(seed);
        return new PlainPolicy(trace, (_, _) => draws.Next());
    }

    public bool TryPlace(int number, TracePod pod)
    {
        var (best, bestRank) = (default(Machine), double.MaxValue);
        foreach (var machine in _machines)
        {
            if (machine.Fits(pod) && rank(machine, pod) is var own && own < bestRank)
            {
                (best, bestRank) = (machine, own);
            }
        }

        if (best is null)
        {
            return false;
        }

        _placed[number] = (best, pod, best.Take(pod));
        return true;
    }

    public void Release(int number)
    {
        _placed.Remove(number, out var place);
        place.Machine.Give(place.Pod, place.Devices);
    }

    internal sealed class Machine(TraceHost host)
    {
        public int FreeCpu { get; private set; } = host.CpuMillicores;

        public int FreeMemory { get; private set; } = host.MemoryMebibytes;

        public int[] FreeGpus { get; } = [.. Enumerable.Repeat(DeviceRequest.Whole, host.Gpus)];

        /// <summary>Of all devices together.</summary>
        public int FreeThousandths { get; private set; } = host.Gpus * DeviceRequest.Whole;

        public bool Fits(TracePod pod) =>
            pod.CpuMillicores <= FreeCpu
            && pod.MemoryMebibytes <= FreeMemory
            && (pod.Gpus == 0 || CountFree(pod.GpuThousandths) >= pod.Gpus)
            && (pod.Models.IsEmpty || pod.Models.Contains(host.Model, StringComparer.Ordinal));

        private int CountFree(int thousandths)
        {
            var count = 0;
            foreach (var free in FreeGpus)
            {
                count += free >= thousandths ? 1 : 0;
            }

            return count;
        }

        /// <summary>The devices that are used most, as ours does: policies differ in hosts alone.</summary>
        public int[] Take(TracePod pod)
        {
            int[] devices =
            [
                .. Enumerable
                    .Range(0, FreeGpus.Length)
                    .Where(index => pod.Gpus > 0 && FreeGpus[index] >= pod.GpuThousandths)
                    .OrderBy(index => FreeGpus[index])
                    .Take(pod.Gpus),
            ];
            Add(pod, devices, sign: -1);
            return devices;
        }

        public void Give(TracePod pod, int[] devices) => Add(pod, devices, sign: 1);

        private void Add(TracePod pod, int[] devices, int sign)
        {
            FreeCpu += sign * pod.CpuMillicores;
            FreeMemory += sign * pod.MemoryMebibytes;
            foreach (var device in devices)
            {
                FreeGpus[device] += sign * pod.GpuThousandths;
                FreeThousandths += sign * pod.GpuThousandths;
            }
        }
    }
}

/// <summary>The same for the same seed: a linear congruential generator with Knuth's constants (MMIX).</summary>
internal sealed class Draws(ulong seed)
{
    private const int LowBits = 11;

    private ulong _state = seed;

    /// <summary>Up to 2⁵³: the low bits of such a generator repeat too soon.</summary>
    public ulong Next()
    {
        _state = (_state * 6_364_136_223_846_793_005) + 1_442_695_040_888_963_407;
        return _state >> LowBits;
    }

    public int Next(int below) => (int)(Next() % (ulong)below);
}
