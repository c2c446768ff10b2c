using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.Contracts.Bus;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

public sealed class ForwardingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_rest_of_the_path_the_query_the_body_and_the_caller_reach_the_instance()
    {
        await using var backend = await Backend.StartAsync(
            "a",
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                var request = context.Request;
                await context.Response.WriteAsJsonAsync(
                    new[]
                    {
                        request.Method,
                        $"{request.Path}{request.QueryString}",
                        await reader.ReadToEndAsync(Token),
                        request.Headers["X-Forwarded-Prefix"].ToString(),
                        request.Headers["X-Forwarded-For"].ToString(),
                        request.Headers["X-Custom"].ToString(),
                    },
                    Token
                );
            }
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));
        using var request = new HttpRequestMessage(HttpMethod.Put, "/prod/cart/items/a%20b?x=1&y=%2F")
        {
            Content = new StringContent("hello"),
        };
        request.Headers.Add("X-Custom", "kept");
        request.Headers.Add("X-Forwarded-For", "forged");

        using var response = await gateway.Http.SendAsync(request, Token);

        var seen = await response.Content.ReadFromJsonAsync<string[]>(Token);
        Assert.NotNull(seen);
        Assert.Equal(["PUT", "/items/a%20b?x=1&y=%2F", "hello", "/prod/cart", "127.0.0.1", "kept"], seen);
        Assert.Equal("1.0.0", response.Headers.GetValues("X-Orc-Version").Single());
        Assert.Equal("a", response.Headers.GetValues("X-Orc-Instance").Single());
    }

    [Theory]
    [InlineData("/prod/cart", "/")]
    [InlineData("/prod/cart/", "/")]
    [InlineData("/prod/cart//x", "//x")]
    public async Task Without_a_rest_the_path_is_the_root(string asked, string seen)
    {
        await using var backend = await Backend.StartAsync(
            "a",
            context => context.Response.WriteAsync(context.Request.Path, Token)
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        Assert.Equal(seen, await gateway.Http.GetStringAsync(asked, Token));
    }

    [Fact]
    public async Task Requests_are_split_by_weight()
    {
        await using var stable = await Backend.StartAsync("stable");
        await using var canary = await Backend.StartAsync("canary");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(1, new VersionRoute("1.0.0", 9, [stable.Endpoint]), new VersionRoute("1.1.0", 1, [canary.Endpoint]))
        );

        for (var i = 0; i < 200; i++)
        {
            await gateway.Http.GetStringAsync("/prod/cart/", Token);
        }

        Assert.InRange(canary.Requests, 18, 22);
        Assert.Equal(200, canary.Requests + stable.Requests);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_elsewhere_whatever_the_request_does_and_counts_as_an_error()
    {
        await using var alive = await Backend.StartAsync(
            "alive",
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                await context.Response.WriteAsync(await reader.ReadToEndAsync(Token), Token);
            }
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(
                1,
                new VersionRoute("1.0.0", 50, [alive.Endpoint]),
                new VersionRoute("1.1.0", 50, [Backend.Dead("dead")])
            )
        );

        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.Http.PostAsync("/prod/cart/", new StringContent($"body {i}"), Token);
            Assert.Equal($"body {i}", await response.Content.ReadAsStringAsync(Token));
            Assert.Equal("alive", response.Headers.GetValues("X-Orc-Instance").Single());
        }

        await RunningGateway.WaitAsync(() =>
            gateway.Counted("1.0.0").Requests == 20 && gateway.Counted("1.1.0").Requests > 0
        );
        Assert.Equal(0, gateway.Counted("1.0.0").Errors);
        // It stays the canary's part of the traffic, and its fault.
        Assert.InRange(gateway.Counted("1.1.0").Requests, 8, 12);
        Assert.Equal(gateway.Counted("1.1.0").Requests, gateway.Counted("1.1.0").Errors);
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("POST", false)]
    public async Task An_instance_that_breaks_off_before_it_answers_is_asked_elsewhere_only_if_that_does_no_harm(
        string method,
        bool isRetried
    )
    {
        await using var broken = await Backend.StartAsync("broken", Abort);
        await using var alive = await Backend.StartAsync("alive");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(
                1,
                new VersionRoute("1.0.0", 1, [alive.Endpoint]),
                new VersionRoute("1.1.0", 100_000, [broken.Endpoint])
            )
        );
        using var request = new HttpRequestMessage(new HttpMethod(method), "/prod/cart/");

        using var response = await gateway.Http.SendAsync(request, Token);

        Assert.Equal(isRetried ? HttpStatusCode.OK : HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(isRetried ? 1 : 0, alive.Requests);
        Assert.Equal(1, broken.Requests);
        Assert.Equal(isRetried ? "alive" : "broken", response.Headers.GetValues("X-Orc-Instance").Single());
    }

    [Fact]
    public async Task An_instance_that_fails_its_requests_gets_few_while_its_version_has_another()
    {
        await using var failing = await Backend.StartAsync(
            "failing",
            context =>
            {
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return Task.CompletedTask;
            }
        );
        await using var well = await Backend.StartAsync("well");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [failing.Endpoint, well.Endpoint])));

        for (var i = 0; i < 200; i++)
        {
            using var response = await gateway.Http.PostAsync("/prod/cart/", content: null, Token);
        }

        Assert.InRange(failing.Requests, GatewayLimits.FailuresToSpare, 50);
        // What it answered was seen by callers and counts.
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 200);
        Assert.Equal(failing.Requests, gateway.Counted("1.0.0").Errors);
    }

    [Fact]
    public async Task Callers_that_give_up_are_counted_and_are_no_reason_to_spare_an_instance()
    {
        var entered = 0;
        async Task AnswerAsync(HttpContext context)
        {
            if (context.Request.Path == "/hang")
            {
                Interlocked.Increment(ref entered);
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
            }
        }

        await using var one = await Backend.StartAsync("one", AnswerAsync);
        await using var other = await Backend.StartAsync("other", AnswerAsync);
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [one.Endpoint, other.Endpoint])));

        const int GivenUp = 40;
        for (var i = 1; i <= GivenUp; i++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var asking = gateway.Http.GetAsync("/prod/cart/hang", patience.Token);
            await RunningGateway.WaitAsync(() => Volatile.Read(ref entered) == i);
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        }

        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Errors == GivenUp);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/");
            asked.Add(response.Headers.GetValues("X-Orc-Instance").Single());
        }

        Assert.Equal(2, asked.Count);
    }

    [Fact]
    public async Task An_instance_that_answers_well_in_between_gets_its_share()
    {
        var number = 0;
        await using var sometimes = await Backend.StartAsync(
            "sometimes",
            context =>
            {
                // Eight failures in all before anybody forgets one, but never eight of sixteen.
                context.Response.StatusCode = Interlocked.Increment(ref number) % 3 == 0 ? 500 : 200;
                return Task.CompletedTask;
            }
        );
        await using var well = await Backend.StartAsync("well");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [sometimes.Endpoint, well.Endpoint])));

        for (var i = 0; i < 200; i++)
        {
            using var response = await gateway.Http.PostAsync("/prod/cart/", content: null, Token);
        }

        Assert.InRange(sometimes.Requests, 70, 130);
    }

    [Fact]
    public async Task An_instance_that_refuses_connections_costs_few_attempts_while_its_version_has_another()
    {
        await using var well = await Backend.StartAsync("well");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [Backend.Dead("dead"), well.Endpoint])));

        for (var i = 0; i < 200; i++)
        {
            using var response = await gateway.Http.PostAsync("/prod/cart/", content: null, Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await RunningGateway.WaitAsync(() =>
            gateway.Counted("1.0.0").Requests - gateway.Counted("1.0.0").Errors == 200
        );
        Assert.InRange(gateway.Counted("1.0.0").Errors, 1, 20);
    }

    [Fact]
    public async Task Instances_that_break_off_are_asked_twice_in_all()
    {
        await using var first = await Backend.StartAsync("first", Abort);
        await using var second = await Backend.StartAsync("second", Abort);
        await using var third = await Backend.StartAsync("third", Abort);
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(1, new VersionRoute("1.0.0", 100, [first.Endpoint, second.Endpoint, third.Endpoint]))
        );

        using var response = await gateway.Http.GetAsync("/prod/cart/", Token);

        await Problems.AssertAsync(response, HttpStatusCode.BadGateway, "instance_failed");
        Assert.Equal(2, first.Requests + second.Requests + third.Requests);
    }

    [Fact]
    public async Task A_gateway_that_stops_finishes_the_requests_that_it_has()
    {
        var release = new TaskCompletionSource();
        await using var backend = await Backend.StartAsync(
            "a",
            async context =>
            {
                await release.Task.WaitAsync(Token);
                await context.Response.WriteAsync("finished", Token);
            }
        );
        var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));
        using var http = new HttpClient { BaseAddress = gateway.Http.BaseAddress };
        var waiting = http.GetStringAsync(new Uri("/prod/cart/", UriKind.Relative), Token);
        await RunningGateway.WaitAsync(() => backend.Requests == 1);

        var stopping = gateway.DisposeAsync().AsTask();
        // Nobody is let in any more: it is stopping.
        using var late = new HttpClient { BaseAddress = gateway.Http.BaseAddress };
        await RunningGateway.WaitAsync(() => IsRefused(late));
        release.SetResult();

        Assert.Equal("finished", await waiting);
        await stopping;
    }

    [Fact]
    public async Task When_every_connection_is_refused_the_answer_is_502_as_problem_json()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(1, new VersionRoute("1.0.0", 100, [.. Enumerable.Range(0, 5).Select(i => Backend.Dead($"d{i}"))]))
        );

        using var response = await gateway.Http.GetAsync("/prod/cart/", Token);

        await Problems.AssertAsync(response, HttpStatusCode.BadGateway, "instance_failed");
        // Two more attempts, not one per endpoint.
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Errors == 3);
    }

    [Fact]
    public async Task An_unknown_service_is_404_as_problem_json()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1));

        foreach (var path in new[] { "/prod/other/x", "/staging/cart/", "/prod", "/", "/prod/", "//cart/" })
        {
            using var response = await gateway.Http.GetAsync(gateway.Http.BaseAddress + path[1..], Token);
            await Problems.AssertAsync(response, HttpStatusCode.NotFound, "route_unknown");
        }
    }

    [Fact]
    public async Task A_service_without_an_instance_is_503_with_the_time_to_try_again()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [])));

        using var response = await gateway.Http.GetAsync("/prod/cart/", Token);

        await Problems.AssertAsync(response, HttpStatusCode.ServiceUnavailable, "no_instance");
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Without_a_table_it_is_live_but_not_ready()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var live = await gateway.Http.GetAsync("/healthz", Token);
        using var ready = await gateway.Http.GetAsync("/readyz", Token);
        using var request = await gateway.Http.GetAsync("/prod/cart/", Token);

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await Problems.AssertAsync(ready, HttpStatusCode.ServiceUnavailable, "gateway_not_ready");
        await Problems.AssertAsync(request, HttpStatusCode.ServiceUnavailable, "gateway_not_ready");
        await gateway.ApplyAsync(ATable(1));
        using var readyNow = await gateway.Http.GetAsync("/readyz", Token);
        Assert.Equal(HttpStatusCode.OK, readyNow.StatusCode);
    }

    private static bool IsRefused(HttpClient http)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
            using var response = http.Send(request, Token);
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }

    internal static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }
}
