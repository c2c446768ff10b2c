using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Routing;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

/// <summary>Who is left alone after what, for how long, and when not.</summary>
public sealed class SparingTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Router _router;

    public SparingTests() => _router = new Router(_time, new HeartbeatBell());

    [Fact]
    public void An_endpoint_that_refused_is_spared_for_a_second_while_its_version_has_others()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a", "b")));
        _router.Unreached(EntryOf("a"));

        Assert.Equal(["b"], Picked());
        _time.Advance(TimeSpan.FromSeconds(0.999));
        Assert.Equal(["b"], Picked());
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(["a", "b"], Picked());
    }

    [Fact]
    public void Each_refusal_in_a_row_spares_it_twice_as_long_up_to_half_a_minute()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a", "b")));

        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 30, 30, 30 })
        {
            _router.Unreached(EntryOf("a"));
            _time.Advance(TimeSpan.FromSeconds(seconds - 0.001));
            Assert.Equal(["b"], Picked());
            _time.Advance(TimeSpan.FromSeconds(0.001));
            Assert.Equal(["a", "b"], Picked());
        }
    }

    [Fact]
    public void The_only_endpoint_of_a_version_is_never_spared_by_those_who_fall_on_it()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 50, "a"), AVersion("1.1.0", 50, "b")));
        for (var i = 0; i < GatewayLimits.AnswersRemembered; i++)
        {
            _router.Unreached(EntryOf("b"));
            _router.Failed(EntryOf("b"));
        }

        Assert.Equal(["a", "b"], Picked());
    }

    [Fact]
    public void A_further_attempt_goes_to_another_endpoint_of_the_version_and_then_to_another_version()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 1, "a"), AVersion("1.1.0", 99, "b", "c")));
        var ask = AskFor("1.1.0");

        var first = _router.Enter("prod/cart", ask, Tried.None);
        _router.Unreached(first);
        var second = _router.Enter("prod/cart", ask, Tried.None.With(first.Endpoint));
        _router.Unreached(second);
        var third = _router.Enter("prod/cart", ask, Tried.None.With(first.Endpoint).With(second.Endpoint));

        Assert.Equal(("1.1.0", "1.1.0", "1.0.0"), (first.Share.Version, second.Share.Version, third.Share.Version));
        Assert.NotSame(first.Endpoint, second.Endpoint);
    }

    [Fact]
    public void A_second_attempt_does_not_wait_for_those_of_its_version_that_are_spared()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 1, "a"), AVersion("1.1.0", 99, "b", "c")));
        _router.Unreached(EntryOf("b"));
        _router.Unreached(EntryOf("c"));
        var ask = AskFor("1.1.0");

        var first = _router.Enter("prod/cart", ask, Tried.None);
        var second = _router.Enter("prod/cart", ask, Tried.None.With(first.Endpoint));

        Assert.Equal(("1.1.0", "1.0.0"), (first.Share.Version, second.Share.Version));
    }

    [Fact]
    public void A_second_attempt_goes_to_one_that_is_spared_where_nobody_else_is_left()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a", "b")));
        _router.Unreached(EntryOf("a"));
        _router.Unreached(EntryOf("b"));
        var ask = AnAsk();

        var first = _router.Enter("prod/cart", ask, Tried.None);
        var second = _router.Enter("prod/cart", ask, Tried.None.With(first.Endpoint));

        Assert.NotSame(first.Endpoint, second.Endpoint);
        Assert.Equal(
            EntryRefusal.NoEndpoint,
            _router.Enter("prod/cart", ask, Tried.None.With(first.Endpoint).With(second.Endpoint)).Refusal
        );
    }

    [Fact]
    public void Half_of_the_last_answers_failing_spares_an_endpoint_for_five_seconds()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a", "b")));
        Fail("a", GatewayLimits.FailuresToSpare - 1);
        Assert.Equal(["a", "b"], Picked());

        Fail("a", 1);

        Assert.Equal(["b"], Picked());
        _time.Advance(TimeSpan.FromSeconds(4.999));
        Assert.Equal(["b"], Picked());
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(["a", "b"], Picked());
    }

    [Fact]
    public void One_that_still_fails_after_that_is_spared_for_longer_and_one_that_is_well_again_starts_over()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a", "b")));
        Fail("a", GatewayLimits.FailuresToSpare);
        _time.Advance(TimeSpan.FromSeconds(5));

        Fail("a", 1);
        _time.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Equal(["b"], Picked());
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(["a", "b"], Picked());

        Answer("a", GatewayLimits.AnswersRemembered);
        Fail("a", GatewayLimits.FailuresToSpare);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["a", "b"], Picked());
    }

    [Fact]
    public void Failures_among_enough_good_answers_spare_nobody()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a", "b")));

        for (var i = 0; i < 100; i++)
        {
            Fail("a", 2);
            Answer("a", 3);
        }

        Assert.Equal(["a", "b"], Picked());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    public void At_most_half_of_a_version_is_spared_for_what_it_answers(int endpoints, int left)
    {
        var names = Enumerable.Range(0, endpoints).Select(i => $"i{i}").ToArray();
        _router.Apply(ATable(1, AVersion("1.0.0", 100, names)));
        var entries = names.Select(EntryOf).ToList();

        foreach (var entry in entries)
        {
            for (var i = 0; i < GatewayLimits.AnswersRemembered; i++)
            {
                _router.Failed(entry);
            }
        }

        Assert.Equal(left, Picked().Count);
    }

    [Fact]
    public void While_two_versions_share_a_route_nobody_is_spared_for_what_it_answers()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 50, "a", "b"), AVersion("1.1.0", 50, "c", "d")));

        foreach (var name in new[] { "a", "c" })
        {
            Fail(name, GatewayLimits.AnswersRemembered);
        }

        Assert.Equal(["a", "b", "c", "d"], Picked());
    }

    [Fact]
    public void While_two_versions_share_a_route_one_that_refuses_is_tried_every_second()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 50, "a", "b"), AVersion("1.1.0", 50, "c", "d")));

        for (var i = 0; i < 5; i++)
        {
            _router.Unreached(EntryOf("c"));
            Assert.Equal(["a", "b", "d"], Picked());
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(["a", "b", "c", "d"], Picked());
        }
    }

    private static VersionRoute AVersion(string version, int weight, params string[] instances) =>
        new(version, weight, [.. instances.Select((name, i) => new RouteEndpoint(name, $"127.0.0.1:{8000 + i}"))]);

    private void Fail(string name, int times)
    {
        var entry = EntryOf(name);
        for (var i = 0; i < times; i++)
        {
            _router.Failed(entry);
        }
    }

    private void Answer(string name, int times)
    {
        var entry = EntryOf(name);
        for (var i = 0; i < times; i++)
        {
            entry.Endpoint.Health.Answered();
        }
    }

    /// <summary>The entry of a request that is at it now, whoever is spared.</summary>
    private Entry EntryOf(string name)
    {
        var route = _router.Find("prod/cart")!;
        var (share, endpoint) = (
            from each in route.Shares
            from one in each.Endpoints
            where one.Key.InstanceId == name
            select (each, one)
        ).Single();
        return new Entry(route, share, endpoint);
    }

    private Ask AskFor(string version)
    {
        while (true)
        {
            var ask = AnAsk();
            var entry = _router.Enter("prod/cart", ask, Tried.None);
            _router.Leave(entry.Endpoint);
            if (entry.Share.Version == version)
            {
                return ask;
            }
        }
    }

    private Ask AnAsk()
    {
        _router.Find("prod/cart")!.NextId(out var point);
        return new Ask(point, RequestId.Redraw(point), Version: null);
    }

    /// <summary>The instances that get first attempts now.</summary>
    private List<string> Picked() =>
        [
            .. Enumerable
                .Range(0, 200)
                .Select(_ =>
                {
                    var entry = _router.Enter("prod/cart", AnAsk(), Tried.None);
                    _router.Leave(entry.Endpoint);
                    return entry.Endpoint.Key.InstanceId;
                })
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
}
