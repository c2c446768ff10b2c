using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Routing;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

public sealed class RouterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly HeartbeatBell _bell = new();
    private readonly Router _router;

    public RouterTests() => _router = new Router(_time, _bell);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(7, 3)]
    public void Every_nth_request_is_split_by_weight_too(int n, int offset)
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 70, "a"), AVersion("1.1.0", 25, "b"), AVersion("1.2.0", 5, "c")));

        var picked = Enumerable.Range(0, 1_000 * n).Select(_ => PickOnce()).Where((_, i) => i % n == offset).ToList();

        Assert.InRange(picked.Count(instance => instance == "a"), 690, 710);
        Assert.InRange(picked.Count(instance => instance == "b"), 240, 260);
        Assert.InRange(picked.Count(instance => instance == "c"), 40, 60);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Every_nth_request_is_spread_over_endpoints_too(int n)
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a", "b")));

        var picked = Enumerable.Range(0, 400 * n).Select(_ => PickOnce()).Where((_, i) => i % n == 0);

        Assert.InRange(picked.Count(instance => instance == "a"), 140, 260);
    }

    [Fact]
    public void A_new_table_does_not_start_the_split_over()
    {
        var canary = 0;
        for (var revision = 1; revision <= 100; revision++)
        {
            _router.Apply(ATable(revision, AVersion("1.0.0", 90, "a"), AVersion("1.1.0", 10, "b")));
            canary += PickOnce() == "b" ? 1 : 0;
        }

        Assert.InRange(canary, 8, 12);
    }

    [Fact]
    public void The_weight_of_a_version_without_endpoints_goes_to_the_others_by_their_weights()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 80), AVersion("1.1.0", 15, "b"), AVersion("1.2.0", 5, "c")));

        var picked = Enumerable.Range(0, 400).Select(_ => PickOnce()).ToList();

        Assert.InRange(picked.Count(instance => instance == "b"), 290, 310);
        Assert.InRange(picked.Count(instance => instance == "c"), 90, 110);
    }

    [Fact]
    public void A_version_without_weight_gets_nothing_even_when_it_is_alone()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 0, "a"), AVersion("1.1.0", 100)));

        Assert.Equal(EntryRefusal.NoEndpoint, EnterAs(AnAsk()).Refusal);
    }

    [Fact]
    public void Endpoints_of_a_version_share_its_requests_and_the_busy_one_gets_fewer()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a", "b", "c")));
        var idle = Enumerable.Range(0, 600).Select(_ => PickOnce()).ToList();
        Assert.Equal(3, idle.Distinct(StringComparer.Ordinal).Count());
        Assert.All(
            idle.Distinct(StringComparer.Ordinal),
            name => Assert.InRange(idle.Count(instance => instance == name), 150, 250)
        );

        var held = EnterOnce()!.Key.InstanceId;
        var whileBusy = Enumerable.Range(0, 600).Select(_ => PickOnce()).ToList();
        // Two of three are drawn, so an idle one is always among them.
        Assert.DoesNotContain(held, whileBusy);
    }

    [Fact]
    public void An_address_that_is_none_is_left_out()
    {
        _router.Apply(
            ATable(
                1,
                new VersionRoute(
                    "1.0.0",
                    100,
                    [
                        new RouteEndpoint("a", ""),
                        new RouteEndpoint("b", "not an address"),
                        new RouteEndpoint("c", "127.0.0.1:1/evil"),
                        new RouteEndpoint("d", "user@127.0.0.1:1"),
                        new RouteEndpoint("e", "127.0.0.1:8080"),
                        new RouteEndpoint("f", "[::1]:8080"),
                    ]
                )
            )
        );

        Assert.Equal(["e", "f"], Endpoints().Select(endpoint => endpoint.Key.InstanceId).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("X-User", "visitor", "/healthz?a=1", true)]
    [InlineData(null, "visitor", "/", true)]
    [InlineData("X-User", null, "/", true)]
    [InlineData(null, null, "healthz", false)]
    [InlineData("X User", "visitor", "", false)]
    [InlineData("X-User", "a=b", ":80", false)]
    [InlineData("", "visitor", " /", false)]
    [InlineData("X-User", "a\r\nb", null, false)]
    public void What_a_route_cannot_mean_it_does_not_say(string? header, string? cookie, string? path, bool isSaid)
    {
        var table = ATable(1, AVersion("1.0.0", 100, "a"));
        var sticky = new StickyRoute { Header = header, Cookie = cookie };
        _router.Apply(table with { Routes = [table.Routes[0] with { Sticky = sticky, HealthPath = path }] });

        var route = _router.Find("prod/cart")!;

        Assert.Equal(isSaid ? sticky : null, route.Sticky);
        Assert.Equal(isSaid ? path : null, route.HealthPath);
        Assert.Equal(isSaid ? path : null, Assert.Single(_router.ReadProbed()).Path);
    }

    [Fact]
    public void An_instance_that_returns_to_the_table_is_not_busy_and_gets_requests()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a")));
        var held = EnterOnce()!;
        _router.Apply(ATable(2, AVersion("1.0.0", 100, "b")));
        Assert.Equal(["a"], _router.Report(isSampling: true).Busy);

        _router.Apply(ATable(3, AVersion("1.0.0", 100, "a")));

        Assert.Empty(_router.Report(isSampling: true).Busy);
        Assert.Same(held, EnterOnce());
        Assert.Equal(2, held.InFlight);
    }

    [Fact]
    public void A_request_that_picked_an_endpoint_from_the_old_table_stays_out_of_it()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a")));
        var picked = Assert.Single(Endpoints());

        _router.Apply(ATable(2, AVersion("1.0.0", 100, "b")));

        Assert.False(picked.TryEnter());
        Assert.Equal(0, picked.InFlight);
        Assert.Empty(_router.Report(isSampling: false).Busy);
    }

    [Fact]
    public async Task A_heartbeat_is_asked_for_when_a_table_was_applied_and_when_a_departed_endpoint_became_idle()
    {
        var token = TestContext.Current.CancellationToken;
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a")));
        await _bell.WaitAsync(token).WaitAsync(RunningGateway.Patience, token);
        var (first, second) = (EnterOnce()!, EnterOnce()!);
        _router.Apply(ATable(2, AVersion("1.0.0", 100, "b")));
        await _bell.WaitAsync(token).WaitAsync(RunningGateway.Patience, token);

        _router.Leave(first);
        var rung = _bell.WaitAsync(token);
        Assert.False(rung.IsCompleted);
        _router.Leave(second);

        await rung.WaitAsync(RunningGateway.Patience, token);
    }

    [Fact]
    public void What_a_departed_endpoint_counted_last_is_reported()
    {
        _router.Apply(ATable(1, AVersion("1.0.0", 100, "a")));
        var held = EnterOnce()!;
        _router.Apply(ATable(2, AVersion("1.1.0", 100, "b")));
        held.Traffic.Count(TimeSpan.Zero, isError: false, isNamed: false, isToldApart: false);
        _router.Leave(held);

        Assert.Equal("1.0.0", Assert.Single(_router.Report(isSampling: true).Samples).Version);
        Assert.Empty(_router.Report(isSampling: true).Samples);
    }

    /// <summary>The promise that a drain rests on, tried with real threads against tables that come and go.</summary>
    [Fact]
    public async Task After_a_report_without_it_no_request_enters_a_departed_instance()
    {
        using var stop = new CancellationTokenSource();
        var isDeclaredIdle = false;
        var violations = 0;
        var requests = 0L;
        var both = new[] { AVersion("1.0.0", 100, "a", "b") };
        var one = new[] { AVersion("1.0.0", 100, "b") };
        _router.Apply(ATable(1, both));
        var callers = Enumerable
            .Range(0, 4)
            .Select(_ =>
                Task.Run(
                    () =>
                    {
                        while (!stop.IsCancellationRequested)
                        {
                            var endpoint = EnterOnce()!;
                            if (endpoint.Key.InstanceId == "a" && Volatile.Read(ref isDeclaredIdle))
                            {
                                Interlocked.Increment(ref violations);
                            }

                            Interlocked.Increment(ref requests);
                            _router.Leave(endpoint);
                        }
                    },
                    TestContext.Current.CancellationToken
                )
            )
            .ToList();

        for (var revision = 2; revision < 3_000; revision += 2)
        {
            _router.Apply(ATable(revision, one));
            // A caller holds it for an instant only, so this ends.
            SpinWait.SpinUntil(() => _router.Report(isSampling: false).Busy.Count == 0);
            Volatile.Write(ref isDeclaredIdle, true);
            var seen = Interlocked.Read(ref requests);
            SpinWait.SpinUntil(() => Interlocked.Read(ref requests) > seen + 10);
            Volatile.Write(ref isDeclaredIdle, false);
            _router.Apply(ATable(revision + 1, both));
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        Assert.Equal(0, violations);
    }

    private static VersionRoute AVersion(string version, int weight, params string[] instances) =>
        new(version, weight, [.. instances.Select((name, i) => new RouteEndpoint(name, $"127.0.0.1:{8000 + i}"))]);

    /// <summary>As a request without an id does.</summary>
    private Ask AnAsk()
    {
        _router.Find("prod/cart")!.NextId(out var point);
        return new Ask(point, RequestId.Redraw(point), Version: null);
    }

    private Entry EnterAs(in Ask ask) => _router.Enter("prod/cart", ask, Tried.None);

    private InstanceEndpoint? EnterOnce() =>
        EnterAs(AnAsk()) is { Refusal: EntryRefusal.None } entry ? entry.Endpoint : null;

    private string? PickOnce()
    {
        var endpoint = EnterOnce();
        if (endpoint is not null)
        {
            _router.Leave(endpoint);
        }

        return endpoint?.Key.InstanceId;
    }

    /// <summary>All of them, found by entering each once.</summary>
    private List<InstanceEndpoint> Endpoints()
    {
        var found = new HashSet<InstanceEndpoint>();
        for (var i = 0; i < 100; i++)
        {
            var endpoint = EnterOnce()!;
            _router.Leave(endpoint);
            found.Add(endpoint);
        }

        return [.. found];
    }
}
