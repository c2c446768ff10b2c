using System.Collections.Immutable;
using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Core;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Tests.Translation;

public sealed class TelemetryInputsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void All_parts_of_a_message_become_inputs()
    {
        var telemetry = new Telemetry
        {
            Hosts = [new HostHeartbeat("h1", "s-1", Epoch: 3, Revision: 9, "d-1")],
            Gateways = [new GatewayHeartbeat("g1", "s-2", Epoch: 3, Revision: 8, ["cart.prod.4"])],
            Traffic = [SomeTraffic()],
        };

        var (inputs, malformed) = TelemetryInputs.From(telemetry);

        Assert.Equal(0, malformed);
        Assert.Equal(new CellInput.HostHeard(HostId.Parse("h1"), "s-1", 3, 9, "d-1"), inputs[0]);
        var gateway = Assert.IsType<CellInput.GatewayHeard>(inputs[1]);
        Assert.Equal(
            (GatewayId.Parse("g1"), "s-2", 3L, 8L),
            (gateway.Gateway, gateway.Session, gateway.Epoch, gateway.Revision)
        );
        Assert.Equal([InstanceId.Parse("cart.prod.4")], gateway.Busy);
        var traffic = Assert.IsType<CellInput.TrafficCounted>(inputs[2]);
        Assert.Equal((GatewayId.Parse("g1"), "s-2", 5L), (traffic.Gateway, traffic.Session, traffic.Sequence));
        Assert.Equal((Noon, Noon.AddSeconds(1)), (traffic.From, traffic.To));
        Assert.Equal(
            [
                new TrafficCount(
                    ServiceName.Parse("cart"),
                    StageName.Parse("prod"),
                    SemanticVersion.Parse("1.1.0"),
                    Requests: 100,
                    Errors: 2
                ),
            ],
            traffic.Counts
        );
    }

    [Fact]
    public void Latencies_are_taken_from_gateways_whose_buckets_are_ours()
    {
        Assert.Equal(TrafficBucket.LatencyBounds, TrafficSample.LatencyBoundsMilliseconds);
        long[] ours = [.. Enumerable.Range(0, TrafficBucket.LatencyBounds.Length + 1)];

        Assert.Equal(ours, LatenciesOf(ours));
        Assert.Empty(LatenciesOf(ours[1..]));
        Assert.Empty(LatenciesOf([-1, .. ours[1..]]));
        Assert.Empty(LatenciesOf(null!));
    }

    [Fact]
    public void A_half_is_taken_if_it_makes_sense()
    {
        long[] latencies = [.. Enumerable.Range(0, TrafficBucket.LatencyBounds.Length + 1)];

        Assert.Equal(
            (5, 2),
            (PartOf(new PartSample(5, 2, latencies))!.Requests, PartOf(new PartSample(5, 2, []))!.Errors)
        );
        Assert.Equal(latencies, PartOf(new PartSample(5, 2, latencies))!.Latencies);
        Assert.Null(PartOf(null));
        Assert.Null(PartOf(new PartSample(1, 2, latencies)));
        Assert.Null(PartOf(new PartSample(1, -1, latencies)));
    }

    [Fact]
    public void A_malformed_part_is_counted_and_does_not_take_the_others_with_it()
    {
        var telemetry = new Telemetry
        {
            Hosts = [new HostHeartbeat("H 1", "s", 0, 0, "d"), new HostHeartbeat("h2", "s", 0, 0, "d"), null!],
            Gateways =
            [
                new GatewayHeartbeat("g1", "s", 0, 0, ["no instance"]),
                new GatewayHeartbeat("g2", "s", -1, 0, []),
            ],
        };

        var (inputs, malformed) = TelemetryInputs.From(telemetry);

        Assert.Equal(4, malformed);
        Assert.Equal("h2", Assert.IsType<CellInput.HostHeard>(Assert.Single(inputs)).Host.Value);
    }

    [Fact]
    public void An_interval_counts_whole_or_not_at_all()
    {
        var good = SomeTraffic();
        var sample = good.Samples[0];
        TrafficSamples[] wrong =
        [
            good with
            {
                Samples = [sample, sample with { Version = "latest" }],
            },
            good with
            {
                Samples = [sample with { Errors = 101 }],
            },
            good with
            {
                Samples = [sample with { Requests = -1, Errors = -1 }],
            },
            good with
            {
                To = Noon.AddSeconds(-1),
            },
            good with
            {
                To = Noon.AddDays(1),
            },
            good with
            {
                GatewayId = "",
            },
        ];

        foreach (var samples in wrong)
        {
            Assert.Equal(1, TelemetryInputs.From(new Telemetry { Traffic = [samples] }).Malformed);
        }
    }

    private static ImmutableArray<long> LatenciesOf(IReadOnlyList<long> counts) =>
        CountOf(SomeTraffic().Samples[0] with { LatencyCounts = counts }).Latencies;

    private static PartCount? PartOf(PartSample? part) => CountOf(SomeTraffic().Samples[0] with { Part = part }).Part;

    private static TrafficCount CountOf(TrafficSample sample)
    {
        var telemetry = new Telemetry { Traffic = [SomeTraffic() with { Samples = [sample] }] };
        var (inputs, _) = TelemetryInputs.From(telemetry);
        return Assert.IsType<CellInput.TrafficCounted>(Assert.Single(inputs)).Counts[0];
    }

    private static TrafficSamples SomeTraffic() =>
        new()
        {
            GatewayId = "g1",
            Session = "s-2",
            Sequence = 5,
            From = Noon,
            To = Noon.AddSeconds(1),
            Samples =
            [
                new TrafficSample
                {
                    Service = "cart",
                    Stage = "prod",
                    Version = "1.1.0",
                    Requests = 100,
                    Errors = 2,
                    LatencyCounts = [100],
                },
            ],
        };
}
