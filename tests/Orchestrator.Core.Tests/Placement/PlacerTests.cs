using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using static Orchestrator.Core.Tests.Placement.Snapshots;

namespace Orchestrator.Core.Tests.Placement;

public sealed class PlacerTests
{
    private static readonly PlacementGroup Group = new(ServiceName.Parse("shop"), StageName.Parse("prod"));

    [Fact]
    public void Spread_prefers_an_almost_full_host_without_the_service_to_an_empty_one_with_it()
    {
        var empty = AHost("a") with { OfGroup = 1 };
        var almostFull = AHost("b").Using(cpuMillicores: 3500, memoryMebibytes: 7680);

        var decision = Placer.Place(ARequest(), [empty, almostFull]);

        Assert.Equal("b", Assert.IsType<PlacementDecision.Placed>(decision).Host.Value);
    }

    [Fact]
    public void Spread_prefers_the_host_with_more_room_when_none_has_the_service()
    {
        var decision = Placer.Place(ARequest(), [AHost("a").Using(1000, 0), AHost("b")]);

        Assert.Equal("b", Assert.IsType<PlacementDecision.Placed>(decision).Host.Value);
    }

    [Fact]
    public void Bin_packing_prefers_the_fullest_host_that_has_room()
    {
        var request = ARequest() with { Weights = PlacementWeights.BinPack };

        var decision = Placer.Place(
            request,
            [AHost("a"), AHost("b").Using(3000, 1024), AHost("c").Using(3501, 1024), AHost("d").Using(2000, 1024)]
        );

        Assert.Equal("b", Assert.IsType<PlacementDecision.Placed>(decision).Host.Value);
    }

    [Fact]
    public void The_scarcer_resource_decides_the_headroom()
    {
        var idleCpuButNoMemory = AHost("a").Using(0, 7168);
        var half = AHost("b").Using(2000, 4096);

        var decision = Placer.Place(ARequest(), [idleCpuButNoMemory, half]);

        Assert.Equal("b", Assert.IsType<PlacementDecision.Placed>(decision).Host.Value);
    }

    [Fact]
    public void A_score_can_be_worked_out_by_hand()
    {
        // After it 3000 of 4000 millicores and 7168 of 8192 MiB are free: headroom 750. (1·750 + 3·500) / 4 = 562.
        var decision = Placer.Place(ARequest(), [AHost("a").Using(500, 512) with { OfGroup = 1 }]);

        Assert.Equal(562, Assert.IsType<PlacementDecision.Placed>(decision).Score);
    }

    [Fact]
    public void Equal_scores_go_to_the_lower_id()
    {
        var decision = Placer.Place(ARequest(), [AHost("h2"), AHost("h10"), AHost("h1"), AHost("h3")]);

        Assert.Equal("h1", Assert.IsType<PlacementDecision.Placed>(decision).Host.Value);
    }

    [Fact]
    public void A_demand_that_fills_the_host_exactly_fits()
    {
        var decision = Placer.Place(ARequest(), [AHost("a").Using(3500, 7680)]);

        Assert.Equal("a", Assert.IsType<PlacementDecision.Placed>(decision).Host.Value);
    }

    [Fact]
    public void Each_host_is_counted_once_by_the_first_reason_against_it()
    {
        var request = ARequest().Wanting("zone", "east");
        var open = AHost("a").Labelled("zone", "east");

        var decision = Placer.Place(
            request,
            [
                open.Using(4000, 8192).That(HostAvailability.Draining).Lost(),
                AHost("b").That(HostAvailability.Cordoned),
                AHost("c").Labelled("zone", "west"),
                Named(open, "d").That(HostAvailability.Cordoned).Using(4000, 8192),
                Named(open, "e").That(HostAvailability.Draining),
                Named(open, "f").Using(3501, 8192),
                Named(open, "g").Using(3500, 7681),
                Named(open, "h"),
            ]
        );

        var placed = Assert.IsType<PlacementDecision.Placed>(decision);
        Assert.Equal("h", placed.Host.Value);
        Assert.Equal(1, placed.Feasible);
        Assert.Equal(
            [
                KeyValuePair.Create(RefusalReason.Lost, 1),
                KeyValuePair.Create(RefusalReason.NotInPool, 2),
                KeyValuePair.Create(RefusalReason.Cordoned, 1),
                KeyValuePair.Create(RefusalReason.Draining, 1),
                KeyValuePair.Create(RefusalReason.LacksCpu, 1),
                KeyValuePair.Create(RefusalReason.LacksMemory, 1),
            ],
            placed.Refusals
        );
    }

    [Theory]
    [InlineData(4000, 0, "host a lacks 500 millicores of CPU")]
    [InlineData(0, 7936, "host a lacks 256 MiB of memory")]
    [InlineData(3600, 7936, "host a lacks 100 millicores of CPU and 256 MiB of memory")]
    public void The_nearest_miss_names_what_the_host_lacks(int usedCpu, int usedMemory, string expected)
    {
        var decision = Placer.Place(ARequest(), [AHost("a").Using(usedCpu, usedMemory)]);

        Assert.Equal(expected, Assert.IsType<PlacementDecision.Unplaceable>(decision).NearestMiss);
    }

    [Fact]
    public void The_nearest_miss_is_the_smallest_share_of_the_demand_and_not_the_smallest_number()
    {
        // 60 of 512 MiB is nearer than 59 of 500 millicores: 11.7 % against 11.8 %.
        var decision = Placer.Place(ARequest(), [AHost("a").Using(3559, 0), AHost("b").Using(0, 7740)]);

        Assert.Equal(
            "host b lacks 60 MiB of memory",
            Assert.IsType<PlacementDecision.Unplaceable>(decision).NearestMiss
        );
    }

    [Fact]
    public void Of_two_equally_near_misses_the_lower_id_is_named()
    {
        var decision = Placer.Place(ARequest(), [AHost("b").Using(3600, 0), AHost("a").Using(3600, 0)]);

        Assert.StartsWith("host a lacks", Assert.IsType<PlacementDecision.Unplaceable>(decision).NearestMiss);
    }

    [Fact]
    public void The_nearest_miss_is_only_among_hosts_that_lack_nothing_but_room()
    {
        var decision = Placer.Place(
            ARequest(),
            [AHost("a").Using(3501, 0).That(HostAvailability.Cordoned), AHost("b").Using(4000, 0)]
        );

        Assert.Equal(
            "host b lacks 500 millicores of CPU",
            Assert.IsType<PlacementDecision.Unplaceable>(decision).NearestMiss
        );
    }

    [Fact]
    public void Without_hosts_nothing_is_refused_and_nothing_is_near()
    {
        var unplaceable = Assert.IsType<PlacementDecision.Unplaceable>(Placer.Place(ARequest(), []));

        Assert.Empty(unplaceable.Refusals);
        Assert.Equal("", unplaceable.NearestMiss);
    }

    [Fact]
    public void A_host_whose_capacity_shrank_below_its_use_takes_not_even_what_needs_nothing()
    {
        var request = ARequest() with { Demand = default };

        var decision = Placer.Place(request, [AHost("a").Using(4001, 0)]);

        Assert.Equal(
            "host a lacks 1 millicores of CPU",
            Assert.IsType<PlacementDecision.Unplaceable>(decision).NearestMiss
        );
    }

    [Fact]
    public void A_host_without_a_resource_takes_what_does_not_need_it()
    {
        var host = AHost("a");
        var noMemory = host with
        {
            Host = host.Host with { Capacity = new Resources(CpuMillicores: 4000, MemoryMebibytes: 0) },
        };
        var request = ARequest() with { Demand = new Resources(CpuMillicores: 500, MemoryMebibytes: 0) };

        Assert.IsType<PlacementDecision.Placed>(Placer.Place(request, [noMemory]));
    }

    [Fact]
    public void The_largest_host_that_can_be_written_is_scored_right()
    {
        var host = AHost("a");
        var largest = host with { Host = host.Host with { Capacity = new Resources(int.MaxValue, int.MaxValue) } };

        var placed = Assert.IsType<PlacementDecision.Placed>(Placer.Place(ARequest(), [largest]));

        Assert.Equal(((1 * 999) + (3 * 1000)) / 4, placed.Score);
    }

    [Fact]
    public void An_explanation_gives_every_reason_with_its_figures()
    {
        var host = AHost("a")
            .Labelled("zone", "west")
            .That(HostAvailability.Draining)
            .Using(cpuMillicores: 3900, memoryMebibytes: 8000)
            .Lost();

        var explained = Assert.Single(
            Placer.Explain(ARequest().Wanting("zone", "east").Wanting("disk", "ssd"), [host])
        );

        Assert.Equal(
            [
                "It is lost since 2026-03-01 12:00:00Z.",
                "It is draining and takes no new instance.",
                "It has no label disk; the pool wants ssd.",
                "Its label zone is west; the pool wants east.",
                "It lacks 400 millicores of CPU: 500 wanted, 100 of 4000 free.",
                "It lacks 320 MiB of memory: 512 wanted, 192 of 8192 free.",
            ],
            explained.Reasons
        );
        Assert.Equal(0, explained.Score);
    }

    [Fact]
    public void An_explanation_lists_the_best_host_first_and_the_hopeless_last()
    {
        var explained = Placer.Explain(
            ARequest(),
            [
                AHost("a").That(HostAvailability.Cordoned),
                AHost("b").Using(4000, 0),
                AHost("c").Using(3600, 0),
                AHost("d").Using(2000, 0),
                AHost("e"),
            ]
        );

        Assert.Equal(["e", "d", "c", "b", "a"], explained.Select(host => host.Host.Value));
    }

    [Fact]
    public void The_nearest_miss_names_what_else_the_host_lacks()
    {
        var request = ARequest() with
        {
            Demand = Extras.Of(512, [Extras.Count(ResourceName.Port(8080), 1), Extras.Count(Extras.Licence, 2)]),
            Devices = [new DeviceRequest("gpu", Count: 2, DeviceRequest.Whole)],
        };
        var host = AHost("h17");
        var room = Extras.Of(1024, [Extras.Count(Extras.Licence, 2), .. Extras.Gpus(2)]);
        var used = Extras.Of(
            768,
            [
                Extras.Count(ResourceName.Port(8080), 1),
                Extras.Count(Extras.Licence, 1),
                Extras.Count(ResourceName.Device("gpu", 1), 300),
            ]
        );

        var decision = Placer.Place(
            request,
            [host with { Host = host.Host with { Capacity = host.Host.Capacity + room }, Used = used }]
        );

        Assert.Equal(
            "host h17 lacks 256 MiB of disk and 1 licence.oracle and 1 idle gpu; port 8080 is taken on host h17",
            Assert.IsType<PlacementDecision.Unplaceable>(decision).NearestMiss
        );
    }

    [Fact]
    public void A_share_of_a_device_that_no_single_device_has_is_refused()
    {
        var request = ARequest() with { Devices = [new DeviceRequest("gpu", Count: 1, Thousandths: 600)] };
        var host = AHost("a");
        var used = Extras.Of(
            0,
            [Extras.Count(ResourceName.Device("gpu", 0), 500), Extras.Count(ResourceName.Device("gpu", 1), 600)]
        );

        var explained = Assert.Single(
            Placer.Explain(
                request,
                [
                    host with
                    {
                        Host = host.Host with { Capacity = host.Host.Capacity + Extras.Of(0, Extras.Gpus(2)) },
                        Used = used,
                    },
                ]
            )
        );

        Assert.Equal(
            ["It lacks 100 thousandths of a gpu: 600 wanted, 500 free on the device with most."],
            explained.Reasons
        );
    }

    [Fact]
    public void A_share_goes_to_the_device_that_is_used_most_so_that_whole_ones_stay_whole()
    {
        var host = AHost("a").Host;
        var spec = new PlacementSpec(
            ARequest() with
            {
                Devices = [new DeviceRequest("gpu", Count: 1, Thousandths: 300)],
            },
            new PlacementGroup(ServiceName.Parse("shop"), StageName.Parse("prod"))
        );
        var fleet = new PlacementFleet();
        fleet.Put(host with { Capacity = host.Capacity + Extras.Of(0, Extras.Gpus(3)) });
        fleet.Take(
            host.Id,
            Extras.Of(
                0,
                [Extras.Count(ResourceName.Device("gpu", 1), 500), Extras.Count(ResourceName.Device("gpu", 2), 800)]
            )
        );

        Assert.Equal("device/gpu/1", Assert.Single(fleet.HoldingOf(spec, host.Id).Devices).Name.Value);
    }

    [Fact]
    public void Bin_packing_keeps_idle_devices_for_who_asks_for_them()
    {
        var host = AHost("a").Using(3000, 6000);
        var withGpus = host with
        {
            Host = host.Host with { Capacity = host.Host.Capacity + Extras.Of(0, Extras.Gpus(2)) },
        };
        var request = ARequest() with { Weights = PlacementWeights.BinPack };

        var placed = Placer.Place(request, [withGpus, AHost("b")]);

        Assert.Equal("b", Assert.IsType<PlacementDecision.Placed>(placed).Host.Value);
    }

    [Fact]
    public void Packing_measures_against_the_largest_host_that_there_is_now()
    {
        var (small, large) = (AHost("a").Using(1000, 1024), AHost("b"));
        var huge = large.Host with { Capacity = new Resources(64_000, 262_144) { Counts = [.. Extras.Gpus(8)] } };
        var request = ARequest() with { Weights = PlacementWeights.BinPack };
        var (fleet, spec) = (new PlacementFleet(), new PlacementSpec(request, Group));
        fleet.Put(small.Host);
        fleet.Take(small.Host.Id, small.Used);
        fleet.Put(huge);
        var beside = PointsOf(fleet.Answer(spec, small.Host.Id));

        fleet.Put(large.Host);
        var besideLarge = PointsOf(fleet.Answer(spec, small.Host.Id));
        fleet.Put(huge);
        fleet.Remove(huge.Id);
        var alone = PointsOf(fleet.Answer(spec, small.Host.Id));

        Assert.Equal(PointsOf(Placer.Answer(request, [small, large], small.Host.Id)), besideLarge);
        Assert.Equal(PointsOf(Placer.Answer(request, [small], small.Host.Id)), alone);
        Assert.NotEqual(beside, besideLarge);
    }

    [Fact]
    public void Vectors_and_scalars_agree_on_hosts_that_have_fewer_devices_than_are_taken()
    {
        var fleet = new PlacementFleet();
        foreach (var number in Enumerable.Range(10, 20))
        {
            var host = AHost($"h{number}").Host with
            {
                Capacity = new Resources(4000, 8192) { Counts = [.. Extras.Gpus(2)] },
            };
            fleet.Put(host);
            fleet.Take(host.Id, new Resources(500, 512) { Counts = [.. Extras.Gpus(2)] });
            fleet.Put(
                host with
                {
                    Capacity = new Resources(4000, 8192) { Counts = [.. Extras.Gpus(1 + (number % 2))] },
                }
            );
        }

        var (vectors, scalars) = fleet.ScanBoth(
            new PlacementSpec(ARequest() with { Weights = PlacementWeights.BinPack }, Group)
        );

        Assert.Equal(scalars, vectors);
    }

    private static int PointsOf(HostAnswer answer) => Assert.IsType<HostAnswer.Fits>(answer).Score.Points;

    private static HostSnapshot Named(HostSnapshot host, string id) =>
        host with
        {
            Host = host.Host with { Id = HostId.Parse(id) },
        };
}
