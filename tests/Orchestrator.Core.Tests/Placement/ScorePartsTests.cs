using System.Collections.Immutable;
using CsCheck;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using static Orchestrator.Core.Tests.Placement.Snapshots;

namespace Orchestrator.Core.Tests.Placement;

public sealed class ScorePartsTests
{
    private const int Cases = 2000;

    private static readonly Gen<(PlacementRequest Request, HostSnapshot[] Hosts)> AnyCase = Gen.Select(
        RuleTests.AnyRequest,
        RuleTests.AnyHosts.SelectMany(hosts =>
            Gen.Select(Gen.OneOf(0, 900, 1500, 1950), Gen.Int[0, 3], Gen.Frequency((8, false), (1, true)))
                .Array[hosts.Length]
                .Select(uses => hosts.Zip(uses, ASnapshot).OrderBy(host => host.Host.Id).ToArray())
        )
    );

    [Fact]
    public void The_parts_of_a_score_sum_to_the_points_that_hosts_are_ranked_by() =>
        AnyCase.Sample(
            (request, hosts) =>
            {
                foreach (var host in hosts)
                {
                    if (Placer.Answer(request, hosts, host.Host.Id) is HostAnswer.Fits(var score))
                    {
                        var expected = NaivePlacer.AllPoints(request, host, hosts, Around(hosts));
                        Assert.Equal(expected, score.Parts.Sum(part => part.Points * part.Weight));
                        Assert.Equal(expected, score.Points);
                        Assert.Equal(
                            Math.Min(PlacementFleet.MaxScore, expected / request.Weights.TotalOf(request)),
                            score.Score
                        );
                        Assert.All(score.Parts, part => Assert.InRange(part.Points, 0, part.Most));
                    }
                }
            },
            iter: Cases
        );

    [Fact]
    public void A_host_has_either_a_score_or_reasons_as_the_naive_placer_says() =>
        AnyCase.Sample(
            (request, hosts) =>
            {
                foreach (var host in hosts)
                {
                    var isRefused = NaivePlacer.Refuse(request, host, hosts, Around(hosts)) is not null;

                    switch (Placer.Answer(request, hosts, host.Host.Id))
                    {
                        case HostAnswer.Fits:
                            Assert.False(isRefused);
                            break;
                        case HostAnswer.Refused(_, var reasons):
                            Assert.True(isRefused);
                            Assert.NotEmpty(reasons);
                            break;
                    }
                }
            },
            iter: Cases
        );

    [Fact]
    public void Every_reason_against_a_host_is_told_also_those_behind_the_first()
    {
        var spread = new SpreadRule(
            "zone",
            MaxSkew: 1,
            IsHard: true,
            ImmutableSortedDictionary<string, int>.Empty,
            MostPerDomain: int.MaxValue
        );
        var request = ARequest() with { Rules = PlacementRules.None with { Spreads = [spread], MostPerHost = 2 } };
        var full = AHost("a").Using(4000, 8000).Labelled("zone", "east").That(HostAvailability.Cordoned) with
        {
            OfGroup = 2,
        };
        HostSnapshot[] hosts = [full, AHost("b").Labelled("zone", "west")];

        var answer = Placer.Answer(request, hosts, full.Host.Id);

        Assert.Equal(
            [
                "It is cordoned and takes no new instance.",
                "It lacks 500 millicores of CPU: 500 wanted, 0 of 4000 free.",
                "It lacks 320 MiB of memory: 512 wanted, 192 of 8192 free.",
                "It has 2 of this service already, and 2 are allowed.",
                "One more in its zone east would break the spread of this service.",
            ],
            Assert.IsType<HostAnswer.Refused>(answer).Reasons
        );
    }

    [Fact]
    public void The_shares_of_affinities_are_told_one_by_one()
    {
        var request = ARequest() with
        {
            Rules = PlacementRules.None with
            {
                Affinities =
                [
                    new Affinity(new HostConstraint.OneOf("disk", ["ssd"]), Weight: 1),
                    new Affinity(new HostConstraint.Present("gpu"), Weight: -2),
                    new Affinity(new HostConstraint.OneOf("zone", ["east"]), Weight: 4),
                ],
            },
        };
        var host = AHost("a").Labelled("disk", "ssd").Labelled("zone", "west");

        var answer = Placer.Answer(request, [host], host.Host.Id);

        Assert.Equal(
            [
                new ScorePart("headroom", 875, 1000, 1),
                new ScorePart("spread over hosts", 1000, 1000, 3),
                new ScorePart("affinity: disk is ssd", 142, 142, 5),
                new ScorePart("aversion: gpu is there", 286, 286, 5),
                new ScorePart("affinity: zone is east", 0, 571, 5),
            ],
            Assert.IsType<HostAnswer.Fits>(answer).Score.Parts
        );
    }

    /// <summary>Only instances of the group itself run anywhere.</summary>
    private static Surroundings Around(IEnumerable<HostSnapshot> hosts) =>
        Surroundings.None with
        {
            Running =
            [
                .. hosts.SelectMany(host => Enumerable.Repeat((host.Host.Id, Surroundings.None.Group), host.OfGroup)),
            ],
        };

    private static HostSnapshot ASnapshot(Host host, (int Used, int OfGroup, bool IsLost) state)
    {
        var snapshot = AHost("unnamed").Using(state.Used, 0) with { Host = host, OfGroup = state.OfGroup };
        return state.IsLost ? snapshot.Lost() : snapshot;
    }
}
