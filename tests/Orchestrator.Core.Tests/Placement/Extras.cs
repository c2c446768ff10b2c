using System.Collections.Immutable;
using CsCheck;

namespace Orchestrator.Core.Tests.Placement;

/// <summary>Resources beyond CPU and memory. Few distinct values on purpose, and often none at all.</summary>
internal static class Extras
{
    public static readonly ResourceName Licence = ResourceName.Parse("licence.oracle");

    private static readonly Gen<Resources> AnyRoom = Gen.Select(
        Gen.OneOf(0, 2000, 4000),
        Gen.OneOf(0, 0, 2),
        Gen.OneOf(0, 3),
        Gen.OneOf(0, 0, 1, 3),
        (disk, licences, ports, gpus) =>
            Of(disk, [Count(Licence, licences), Count(ResourceName.DynamicPorts, ports), .. Gpus(gpus)])
    );

    private static readonly Gen<Resources> AnyUse = Gen.Select(
        Gen.OneOf(0, 1500, 4000),
        Gen.OneOf(0, 1, 2),
        Gen.OneOf(0, 2, 3),
        Gen.OneOf(0, 0, 1),
        Gen.OneOf(0, 400, 1000),
        Gen.OneOf(0, 0, 700),
        (disk, licences, ports, port, first, second) =>
            Of(
                disk,
                [
                    Count(Licence, licences),
                    Count(ResourceName.DynamicPorts, ports),
                    Count(ResourceName.Port(8080), port),
                    Count(ResourceName.Device("gpu", 0), first),
                    Count(ResourceName.Device("gpu", 1), second),
                ]
            )
    );

    /// <summary>What a host has: disk, licences, ports and up to three GPUs; often the same, so that hosts tie.</summary>
    public static readonly Gen<Resources> Room = Gen.Frequency(
        (3, Gen.Const(Of(4000, [Count(Licence, 2), Count(ResourceName.DynamicPorts, 3)]))),
        (2, AnyRoom)
    );

    /// <summary>What others have of it, whether the host has it or not.</summary>
    public static readonly Gen<Resources> Use = Gen.Frequency((4, Gen.Const(default(Resources))), (1, AnyUse));

    /// <summary>What is asked: nothing, or one or several of them.</summary>
    public static readonly Gen<(Resources Demand, ImmutableArray<DeviceRequest> Devices)> Ask = Gen.Frequency(
        (2, Gen.Const((default(Resources), ImmutableArray<DeviceRequest>.Empty))),
        (
            2,
            Gen.Select(
                Gen.OneOf(0, 0, 1000),
                Gen.OneOf(0, 0, 1),
                Gen.OneOf(0, 0, 1),
                Gen.OneOf(0, 0, 0, 8080, 9090),
                Gen.OneOf<DeviceRequest[]>(
                    Gen.Const<DeviceRequest[]>([]),
                    Gen.Const<DeviceRequest[]>([new DeviceRequest("gpu", 1, DeviceRequest.Whole)]),
                    Gen.Const<DeviceRequest[]>([new DeviceRequest("gpu", 2, DeviceRequest.Whole)]),
                    Gen.Const<DeviceRequest[]>([new DeviceRequest("gpu", 1, Thousandths: 300)]),
                    Gen.Const<DeviceRequest[]>([new DeviceRequest("gpu", 1, Thousandths: 600)])
                ),
                (disk, licences, ports, port, devices) =>
                    (
                        Of(
                            disk,
                            [
                                Count(Licence, licences),
                                Count(ResourceName.DynamicPorts, ports),
                                .. port == 0 ? (NamedCount[])[] : [Count(ResourceName.Port(port), 1)],
                            ]
                        ),
                        devices.ToImmutableArray()
                    )
            )
        )
    );

    public static NamedCount[] Gpus(int count) =>
        [.. Enumerable.Range(0, count).Select(index => Count(ResourceName.Device("gpu", index), DeviceRequest.Whole))];

    public static NamedCount Count(ResourceName name, int count) => new(name, count);

    public static Resources Of(int diskMebibytes, NamedCount[] counts) =>
        new() { DiskMebibytes = diskMebibytes, Counts = [.. counts] };
}
