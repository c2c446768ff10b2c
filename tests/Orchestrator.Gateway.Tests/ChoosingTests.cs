using System.Net;
using Microsoft.AspNetCore.Http;
using Orchestrator.Contracts.Bus;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

/// <summary>What callers can say about the version that they get.</summary>
public sealed class ChoosingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_keeps_its_id_and_one_without_gets_one()
    {
        await using var backend = await Backend.StartAsync(
            "a",
            context => context.Response.WriteAsync(context.Request.Headers["X-Request-Id"].ToString(), Token)
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        using var named = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/", ("X-Request-Id", "mine"));
        var first = await gateway.Http.GetStringAsync("/prod/cart/", Token);
        var second = await gateway.Http.GetStringAsync("/prod/cart/", Token);

        Assert.Equal("mine", await named.Content.ReadAsStringAsync(Token));
        Assert.Matches("^[0-9a-f]{16}$", first);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Two_gateways_send_a_request_that_passes_both_to_the_same_version()
    {
        await using var fleet = await TwoVersions.StartAsync(canaryPercent: 50);
        await using var other = await RunningGateway.StartAsync();
        await other.ApplyAsync(fleet.Table(2));

        for (var i = 0; i < 40; i++)
        {
            using var first = await fleet.Gateway.SendAsync(HttpMethod.Get, "/prod/cart/");
            var id = await first.Content.ReadAsStringAsync(Token);
            using var second = await other.SendAsync(HttpMethod.Get, "/prod/cart/", ("X-Request-Id", id));

            Assert.Equal(VersionOf(first), VersionOf(second));
        }
    }

    [Theory]
    [InlineData("1.0.0")]
    [InlineData("1.1.0")]
    [InlineData("2.0.0-rc.1")]
    public async Task A_request_that_names_a_version_gets_it_also_where_it_has_no_weight(string version)
    {
        await using var fleet = await TwoVersions.StartAsync(canaryPercent: 50);

        for (var i = 0; i < 10; i++)
        {
            using var response = await fleet.Gateway.SendAsync(
                HttpMethod.Get,
                "/prod/cart/",
                ("X-Orc-Version", version)
            );
            Assert.Equal(version, VersionOf(response));
        }
    }

    [Fact]
    public async Task The_instance_does_not_see_the_header_that_named_its_version()
    {
        await using var backend = await Backend.StartAsync(
            "a",
            context => context.Response.WriteAsync($"[{context.Request.Headers["X-Orc-Version"]}]", Token)
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        using var response = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/", ("X-Orc-Version", "1.0.0"));

        Assert.Equal("[]", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_named_version_that_is_not_there_is_404_and_one_without_an_instance_503()
    {
        await using var backend = await Backend.StartAsync("a");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint]), new VersionRoute("1.1.0", 10, []))
        );

        using var unknown = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/", ("X-Orc-Version", "9.9.9"));
        using var empty = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/", ("X-Orc-Version", "1.1.0"));

        await Problems.AssertAsync(unknown, HttpStatusCode.NotFound, "version_unknown");
        await Problems.AssertAsync(empty, HttpStatusCode.ServiceUnavailable, "no_instance");
        Assert.Equal(0, backend.Requests);
    }

    [Fact]
    public async Task A_named_version_that_cannot_be_reached_is_not_replaced_by_another()
    {
        await using var backend = await Backend.StartAsync("a");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(
                1,
                new VersionRoute("1.0.0", 100, [backend.Endpoint]),
                new VersionRoute("1.1.0", 10, [Backend.Dead("dead")])
            )
        );

        using var response = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/", ("X-Orc-Version", "1.1.0"));

        await Problems.AssertAsync(response, HttpStatusCode.BadGateway, "instance_failed");
        Assert.Equal(0, backend.Requests);
    }

    [Fact]
    public async Task Requests_that_name_a_version_are_no_evidence_for_the_judge()
    {
        await using var fleet = await TwoVersions.StartAsync(canaryPercent: 0);
        using var named = await fleet.Gateway.SendAsync(HttpMethod.Get, "/prod/cart/", ("X-Orc-Version", "1.1.0"));
        using var drawn = await fleet.Gateway.SendAsync(HttpMethod.Get, "/prod/cart/");

        await RunningGateway.WaitAsync(() => fleet.Gateway.Counted("1.0.0").Requests == 1);

        Assert.Equal("1.1.0", VersionOf(named));
        Assert.Equal(0, fleet.Gateway.Counted("1.1.0").Requests);
    }

    [Fact]
    public async Task Callers_with_the_same_header_stay_at_a_version()
    {
        await using var fleet = await TwoVersions.StartAsync(
            50,
            new StickyRoute { Header = "X-User", Cookie = "visitor" }
        );

        var versions = new List<string>();
        for (var user = 0; user < 20; user++)
        {
            using var first = await fleet.Gateway.SendAsync(
                HttpMethod.Get,
                "/prod/cart/",
                ("X-User", $"user-{user}"),
                ("Cookie", "visitor=v0")
            );
            using var again = await fleet.Gateway.SendAsync(
                HttpMethod.Get,
                "/prod/cart/",
                ("X-User", $"user-{user}"),
                ("Cookie", $"visitor=v{user}")
            );
            Assert.Equal(VersionOf(first), VersionOf(again));
            versions.Add(VersionOf(first));
        }

        Assert.Equal(2, versions.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Callers_with_the_same_cookie_stay_at_a_version_and_are_given_none()
    {
        await using var fleet = await TwoVersions.StartAsync(50, new StickyRoute { Cookie = "session" });

        var versions = new List<string>();
        for (var user = 0; user < 20; user++)
        {
            using var first = await fleet.Gateway.SendAsync(
                HttpMethod.Get,
                "/prod/cart/",
                ("Cookie", $"a=b; session={user}")
            );
            using var again = await fleet.Gateway.SendAsync(
                HttpMethod.Get,
                "/prod/cart/",
                ("Cookie", $"session={user}; c=d")
            );
            using var without = await fleet.Gateway.SendAsync(HttpMethod.Get, "/prod/cart/");
            Assert.Equal(VersionOf(first), VersionOf(again));
            Assert.Equal(["own=1"], without.Headers.GetValues("Set-Cookie"));
            versions.Add(VersionOf(first));
        }

        Assert.Equal(2, versions.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("/prod/cart/", "localhost", "/prod/cart")]
    [InlineData("/", "cart.prod.localhost", "/")]
    public async Task A_caller_without_a_cookie_is_given_one_and_stays_with_it(
        string path,
        string host,
        string cookiePath
    )
    {
        await using var fleet = await TwoVersions.StartAsync(
            50,
            new StickyRoute { Cookie = "orc-cart", CookieSeconds = 60 }
        );

        var versions = new List<string>();
        for (var user = 0; user < 20; user++)
        {
            // The same id each time: it must not be what they stick to.
            using var first = await fleet.Gateway.SendAsync(
                HttpMethod.Get,
                path,
                ("Host", host),
                ("X-Request-Id", "one")
            );
            var given = first
                .Headers.GetValues("Set-Cookie")
                .Single(cookie => cookie.StartsWith("orc-cart=", StringComparison.Ordinal));
            using var again = await fleet.Gateway.SendAsync(
                HttpMethod.Get,
                path,
                ("Host", host),
                ("Cookie", given.Split(';')[0])
            );

            Assert.Matches($"^orc-cart=[0-9a-f]{{16}}; max-age=60; path={cookiePath}; samesite=lax; httponly$", given);
            Assert.Contains("own=1", first.Headers.GetValues("Set-Cookie"));
            Assert.Equal(VersionOf(first), VersionOf(again));
            Assert.Equal(["own=1"], again.Headers.GetValues("Set-Cookie"));
            versions.Add(VersionOf(first));
        }

        Assert.Equal(2, versions.Distinct(StringComparer.Ordinal).Count());
    }

    private static string VersionOf(HttpResponseMessage response) =>
        response.Headers.GetValues("X-Orc-Version").Single();

    /// <summary>A stable version, a canary, and one without a weight; each answers with the request's id.</summary>
    private sealed class TwoVersions : IAsyncDisposable
    {
        private readonly Backend _stable;
        private readonly Backend _canary;
        private readonly int _canaryPercent;
        private readonly StickyRoute? _sticky;

        private TwoVersions(
            Backend stable,
            Backend canary,
            RunningGateway gateway,
            int canaryPercent,
            StickyRoute? sticky
        ) => (_stable, _canary, Gateway, _canaryPercent, _sticky) = (stable, canary, gateway, canaryPercent, sticky);

        public RunningGateway Gateway { get; }

        public static Task<TwoVersions> StartAsync(int canaryPercent) => StartAsync(canaryPercent, sticky: null);

        public static async Task<TwoVersions> StartAsync(int canaryPercent, StickyRoute? sticky)
        {
            var fleet = new TwoVersions(
                await Backend.StartAsync("stable", AnswerAsync),
                await Backend.StartAsync("canary", AnswerAsync),
                await RunningGateway.StartAsync(),
                canaryPercent,
                sticky
            );
            await fleet.Gateway.ApplyAsync(fleet.Table(1));
            return fleet;
        }

        public RouteTable Table(long revision)
        {
            var table = ATable(
                revision,
                new VersionRoute("1.0.0", 100 - _canaryPercent, [_stable.Endpoint]),
                new VersionRoute("1.1.0", _canaryPercent, [_canary.Endpoint]),
                new VersionRoute("2.0.0-rc.1", 0, [_canary.Endpoint])
            );
            return table with { Routes = [table.Routes[0] with { Sticky = _sticky }] };
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await _canary.DisposeAsync();
            await _stable.DisposeAsync();
        }

        private static Task AnswerAsync(HttpContext context)
        {
            context.Response.Headers.SetCookie = "own=1";
            return context.Response.WriteAsync(context.Request.Headers["X-Request-Id"].ToString(), Token);
        }
    }
}
