using System.Globalization;
using Microsoft.AspNetCore.Http;
using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Traffic;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

public sealed class TrafficTests
{
    private static readonly VersionKey Version = new("prod", "cart", "1.0.0");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_of_500_and_above_are_errors_and_those_of_the_caller_are_not()
    {
        await using var backend = await Backend.StartAsync(
            "a",
            context =>
            {
                context.Response.StatusCode = int.Parse(context.Request.Path.Value![1..], CultureInfo.InvariantCulture);
                return Task.CompletedTask;
            }
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        foreach (var status in new[] { 200, 204, 302, 404, 429, 500, 503 })
        {
            using var response = await gateway.Http.GetAsync($"/prod/cart/{status}", Token);
            Assert.Equal(status, (int)response.StatusCode);
        }

        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 7);
        Assert.Equal(2, gateway.Counted("1.0.0").Errors);
        Assert.Equal(7, gateway.Counted("1.0.0").Latencies.Sum());
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_an_error()
    {
        var isSeen = new TaskCompletionSource();
        await using var backend = await Backend.StartAsync(
            "a",
            async context =>
            {
                context.Response.ContentLength = 100;
                await context.Response.WriteAsync("part", Token);
                await context.Response.Body.FlushAsync(Token);
                // Only then: a caller that has seen nothing yet would get a 502 instead.
                await isSeen.Task.WaitAsync(Token);
                context.Abort();
            }
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/prod/cart/");
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[4], Token);

        isSeen.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadExactlyAsync(new byte[96], Token).AsTask());
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0") is { Requests: 1, Errors: 1 });
    }

    [Fact]
    public async Task Batches_are_numbered_and_their_intervals_meet()
    {
        await using var backend = await Backend.StartAsync("a");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        await RunningGateway.WaitAsync(() =>
        {
            // Each poll asks once more, until three batches came.
            using var request = new HttpRequestMessage(HttpMethod.Get, "/prod/cart/");
            using var response = gateway.Http.Send(request, Token);
            return gateway.Traffic.Count >= 3;
        });

        var batches = gateway.Traffic;
        Assert.Equal(Enumerable.Range(1, batches.Count).Select(i => (long)i), batches.Select(batch => batch.Sequence));
        Assert.Single(batches.Select(batch => batch.Session).Distinct(StringComparer.Ordinal));
        Assert.All(batches.Zip(batches.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
    }

    [Fact]
    public void What_every_other_instance_answered_is_told_apart_and_what_was_named_is_in_neither()
    {
        var traffic = new VersionTraffic(Version);
        traffic.Count(TimeSpan.Zero, isError: false, isNamed: false, isToldApart: false);
        Assert.Null(traffic.Take()!.Part);

        traffic.Count(TimeSpan.Zero, isError: true, isNamed: false, isToldApart: true);
        traffic.Count(TimeSpan.FromMinutes(1), isError: false, isNamed: false, isToldApart: true);
        traffic.Count(TimeSpan.Zero, isError: true, isNamed: false, isToldApart: false);
        traffic.Count(TimeSpan.Zero, isError: true, isNamed: true, isToldApart: true);

        var sample = traffic.Take()!;
        Assert.Equal((3, 2), (sample.Requests, sample.Errors));
        Assert.Equal((2, 1), (sample.Part!.Requests, sample.Part.Errors));
        Assert.Equal((1, 1), (sample.Part.LatencyCounts[0], sample.Part.LatencyCounts[^1]));
    }

    [Fact]
    public async Task Every_other_instance_of_a_version_without_peers_is_told_apart()
    {
        await using var one = await Backend.StartAsync("a");
        await using var other = await Backend.StartAsync("b");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(1, new VersionRoute("1.0.0", 100, [one.Endpoint with { IsPeer = true }, other.Endpoint]))
        );
        await gateway.ApplyAsync(ATable(2, new VersionRoute("1.0.0", 100, [one.Endpoint, other.Endpoint])));

        for (var request = 0; request < 40; request++)
        {
            using var response = await gateway.Http.GetAsync("/prod/cart/", Token);
        }

        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 40);
        var samples = gateway.Traffic.SelectMany(batch => batch.Samples).ToList();
        Assert.Equal(other.Requests, samples.Sum(sample => sample.Part?.Requests ?? 0));
        Assert.Equal(40, one.Requests + other.Requests);
        Assert.NotEqual(0, other.Requests);
    }

    [Fact]
    public async Task Of_a_version_with_peers_they_are_told_apart()
    {
        await using var one = await Backend.StartAsync("a");
        await using var other = await Backend.StartAsync("b");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(1, new VersionRoute("1.0.0", 100, [one.Endpoint with { IsPeer = true }, other.Endpoint]))
        );

        for (var request = 0; request < 40; request++)
        {
            using var response = await gateway.Http.GetAsync("/prod/cart/", Token);
        }

        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 40);
        var samples = gateway.Traffic.SelectMany(batch => batch.Samples).ToList();
        Assert.Equal(one.Requests, samples.Sum(sample => sample.Part?.Requests ?? 0));
        Assert.NotEqual(0, one.Requests);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.1, 0)]
    [InlineData(0.11, 1)]
    [InlineData(1, 10)]
    [InlineData(1.01, 11)]
    [InlineData(200, 33)]
    [InlineData(200.5, 34)]
    [InlineData(10_000, 50)]
    [InlineData(10_000.1, 51)]
    [InlineData(3_600_000, 51)]
    public void A_latency_falls_into_the_first_bucket_whose_bound_it_does_not_exceed(double milliseconds, int bucket)
    {
        var traffic = new VersionTraffic(Version);

        traffic.Count(TimeSpan.FromMilliseconds(milliseconds), isError: false, isNamed: false, isToldApart: false);

        var sample = traffic.Take()!;
        Assert.Equal(bucket, sample.LatencyCounts.ToList().IndexOf(1));
        Assert.Equal(1, sample.LatencyCounts.Sum());
    }

    [Fact]
    public void What_was_taken_is_not_taken_again()
    {
        var traffic = new VersionTraffic(Version);
        traffic.Count(TimeSpan.Zero, isError: true, isNamed: false, isToldApart: false);
        traffic.Count(TimeSpan.Zero, isError: false, isNamed: false, isToldApart: false);
        Assert.Equal((2, 1), traffic.Take() is { } first ? (first.Requests, first.Errors) : default);

        Assert.Null(traffic.Take());
        traffic.Count(TimeSpan.Zero, isError: true, isNamed: false, isToldApart: false);
        Assert.Equal((1, 1), traffic.Take() is { } second ? (second.Requests, second.Errors) : default);
    }

    [Fact]
    public async Task A_sample_never_shows_more_errors_than_requests_and_nothing_is_lost()
    {
        var traffic = new VersionTraffic(Version);
        const int PerWriter = 100_000;
        var writers = Enumerable
            .Range(0, 2)
            .Select(_ =>
                Task.Run(
                    () =>
                    {
                        for (var i = 0; i < PerWriter; i++)
                        {
                            traffic.Count(TimeSpan.Zero, isError: true, isNamed: false, isToldApart: false);
                        }
                    },
                    Token
                )
            )
            .ToList();

        var requests = 0L;
        while (requests < 2 * PerWriter)
        {
            var isLast = writers.TrueForAll(writer => writer.IsCompleted);
            if (traffic.Take() is { } sample)
            {
                Assert.Equal(sample.Requests, sample.Errors);
                Assert.Equal(sample.Requests, sample.LatencyCounts.Sum());
                requests += sample.Requests;
            }

            Assert.False(isLast && requests < 2 * PerWriter, "Counts were lost.");
        }

        await Task.WhenAll(writers);
    }
}
