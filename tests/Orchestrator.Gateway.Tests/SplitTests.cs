using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Routing;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

/// <summary>Which version a request falls on, by its id alone.</summary>
public sealed class SplitTests
{
    private const int Requests = 1_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(500)]
    [InlineData(999)]
    public void Ids_of_callers_are_split_to_a_tenth_of_a_percent(int permille)
    {
        var router = ARouter(Permille("1.0.0", 1_000 - permille), Permille("1.1.0", permille));

        var canary = Enumerable.Range(0, Requests).Count(number => VersionOf(router, IdOf(number)) == "1.1.0");

        // Four standard deviations of a million independent draws at most, and below a tenth of a percent of all.
        var deviation = Math.Sqrt(Requests * (permille / 1_000d) * (1 - (permille / 1_000d)));
        Assert.InRange(
            canary,
            (Requests * permille / 1_000) - (4 * deviation),
            (Requests * permille / 1_000) + (4 * deviation)
        );
        Assert.InRange(Math.Abs(canary - (Requests * permille / 1_000)), 0, Requests / 1_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(333)]
    [InlineData(999)]
    public void Requests_without_an_id_are_split_to_one_request_in_a_thousand_at_any_time(int permille)
    {
        var router = ARouter(Permille("1.0.0", 1_000 - permille), Permille("1.1.0", permille));
        var route = router.Find("prod/cart")!;

        for (var thousand = 0; thousand < 100; thousand++)
        {
            var canary = Enumerable.Range(0, 1_000).Count(_ => VersionOf(router, route.NextId(out var _)) == "1.1.0");
            Assert.InRange(canary, permille - 3, permille + 3);
        }
    }

    [Fact]
    public void Gateways_agree_on_each_request_without_knowing_each_other()
    {
        var versions = new[] { Permille("1.0.0", 700), Permille("1.1.0", 250), Permille("1.2.0", 50) };
        var (one, other) = (ARouter(versions), ARouter(versions));
        var route = one.Find("prod/cart")!;
        var ids = Enumerable
            .Range(0, 1_000)
            .Select(IdOf)
            .Concat(Enumerable.Range(0, 1_000).Select(_ => route.NextId(out var _)));

        var seen = ids.Select(id => (One: VersionOf(one, id), Other: VersionOf(other, id))).ToList();

        Assert.All(seen, pair => Assert.Equal(pair.One, pair.Other));
        Assert.Equal(3, seen.Select(pair => pair.One).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void While_a_weight_grows_no_id_leaves_that_version()
    {
        var before = new HashSet<string>(StringComparer.Ordinal);
        foreach (var permille in new[] { 1, 50, 333, 900, 1_000 })
        {
            var router = ARouter(Permille("1.0.0", 1_000 - permille), Permille("1.1.0", permille));
            var now = Enumerable
                .Range(0, 20_000)
                .Select(IdOf)
                .Where(id => VersionOf(router, id) == "1.1.0")
                .ToHashSet(StringComparer.Ordinal);

            Assert.Superset(before, now);
            before = now;
        }
    }

    [Fact]
    public void The_split_of_one_route_says_nothing_about_that_of_another()
    {
        var versions = new[] { Permille("1.0.0", 500), Permille("1.1.0", 500) };
        var router = new Router(new FakeTimeProvider(), new HeartbeatBell());
        router.Apply(
            ATable(1) with
            {
                Routes =
                [
                    new ServiceRoute
                    {
                        Service = "cart",
                        Stage = "prod",
                        Versions = versions,
                    },
                    new ServiceRoute
                    {
                        Service = "checkout",
                        Stage = "prod",
                        Versions = versions,
                    },
                ],
            }
        );

        var ids = Enumerable.Range(0, 10_000).Select(IdOf);
        var both = ids.Count(id =>
            VersionOf(router, id) == "1.1.0" && VersionOf(router, id, "prod/checkout") == "1.1.0"
        );

        Assert.InRange(both, 2_300, 2_700);
    }

    /// <summary>Gateways of other versions must agree with this one: whoever changes the figures makes them disagree.</summary>
    [Theory]
    [InlineData("", "prod/cart", 0xD0CC_589C_9546_B2FE)]
    [InlineData("7f3a", "prod/cart", 0xD98D_1EA9_8328_FE36)]
    [InlineData("00000000000000ff", "prod/cart", 0xDC68_F6A5_C674_3026)]
    [InlineData("00000000000000FF", "prod/cart", 0xCBB2_4FF0_3990_9595)]
    [InlineData("3b241101-e2bb-4255-8caf-4136c566a962", "prod/checkout", 0xDC6F_0109_F7AF_174B)]
    public void Where_an_id_falls_never_changes(string id, string route, ulong point) =>
        Assert.Equal(point, RequestId.PointOf(id, RequestId.NumberOf(route)));

    [Fact]
    public void An_id_that_is_made_for_a_point_falls_on_it()
    {
        var route = RequestId.NumberOf("prod/cart");
        foreach (var point in new ulong[] { 0, 1, 0x8000_0000_0000_0000, ulong.MaxValue, 0x0123_4567_89AB_CDEF })
        {
            Assert.Equal(point, RequestId.PointOf(RequestId.At(point, route), route));
        }
    }

    [Fact]
    public void Two_gateways_give_out_other_ids()
    {
        var (one, other) = (new RouteCounter(), new RouteCounter());

        Assert.Empty(
            Enumerable
                .Range(0, 1_000)
                .Select(_ => one.NextPoint())
                .Intersect(Enumerable.Range(0, 1_000).Select(_ => other.NextPoint()))
        );
    }

    private static Router ARouter(params VersionRoute[] versions)
    {
        var router = new Router(new FakeTimeProvider(), new HeartbeatBell());
        router.Apply(ATable(1, versions));
        return router;
    }

    private static VersionRoute Permille(string version, int permille) =>
        new(version, permille / 10, [new RouteEndpoint(version, "127.0.0.1:8080")]) { WeightPermille = permille };

    private static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"request-{number}");

    private static string VersionOf(Router router, string id) => VersionOf(router, id, "prod/cart");

    private static string VersionOf(Router router, string id, string key)
    {
        var point = router.Find(key)!.PointOf(id);
        var entry = router.Enter(key, new Ask(point, RequestId.Redraw(point), Version: null), Tried.None);
        router.Leave(entry.Endpoint);
        return entry.Share.Version;
    }
}
