using Microsoft.AspNetCore.Http;
using Orchestrator.Contracts.Bus;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

/// <summary>Instances that the gateway itself asks whether they are well.</summary>
public sealed class HealthProbeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_instance_that_is_not_well_gets_no_requests_until_it_is()
    {
        await using var sick = await SickBackend.StartAsync();
        await using var well = await Backend.StartAsync("well");
        await using var gateway = await StartAsync();
        await gateway.ApplyAsync(Probed(1, new VersionRoute("1.0.0", 100, [sick.Backend.Endpoint, well.Endpoint])));

        await RunningGateway.WaitAsync(() => Asked(gateway).SetEquals(["well"]));
        sick.Recover();
        await RunningGateway.WaitAsync(() => Asked(gateway).SetEquals(["sick", "well"]));
    }

    [Fact]
    public async Task Where_nobody_is_well_everybody_is_used()
    {
        await using var sick = await SickBackend.StartAsync();
        await using var gateway = await StartAsync();
        await gateway.ApplyAsync(Probed(1, new VersionRoute("1.0.0", 100, [sick.Backend.Endpoint])));

        await RunningGateway.WaitAsync(() => sick.Probes >= 3);

        Assert.Equal(["sick"], Asked(gateway));
    }

    [Fact]
    public async Task While_versions_share_a_route_nobody_is_asked()
    {
        await using var sick = await SickBackend.StartAsync();
        await using var well = await Backend.StartAsync("well");
        await using var other = await Backend.StartAsync("other");
        await using var gateway = await StartAsync();
        await gateway.ApplyAsync(Probed(1, new VersionRoute("1.0.0", 100, [sick.Backend.Endpoint, well.Endpoint])));
        await RunningGateway.WaitAsync(() => Asked(gateway).SetEquals(["well"]));

        await gateway.ApplyAsync(
            Probed(
                2,
                new VersionRoute("1.0.0", 50, [sick.Backend.Endpoint, well.Endpoint]),
                new VersionRoute("1.1.0", 50, [other.Endpoint])
            )
        );

        await RunningGateway.WaitAsync(() => Asked(gateway).SetEquals(["sick", "well", "other"]));
    }

    [Fact]
    public async Task Without_a_path_nobody_is_asked()
    {
        await using var asked = await SickBackend.StartAsync();
        await using var unasked = await SickBackend.StartAsync();
        await using var gateway = await StartAsync();
        var table = Probed(1, new VersionRoute("1.0.0", 100, [asked.Backend.Endpoint]));
        var other = table.Routes[0] with
        {
            Service = "other",
            HealthPath = null,
            Versions = [new VersionRoute("1.0.0", 100, [unasked.Backend.Endpoint])],
        };
        await gateway.ApplyAsync(table with { Routes = [.. table.Routes, other] });

        await RunningGateway.WaitAsync(() => asked.Probes >= 3);

        Assert.Equal(0, unasked.Probes);
    }

    private static Task<RunningGateway> StartAsync() =>
        RunningGateway.StartAsync(options => options.HealthInterval = TimeSpan.FromMilliseconds(50));

    private static RouteTable Probed(long revision, params VersionRoute[] versions)
    {
        var table = ATable(revision, versions);
        return table with { Routes = [table.Routes[0] with { HealthPath = "/health?deep=1" }] };
    }

    /// <summary>Who answers twenty requests in a row.</summary>
    private static HashSet<string> Asked(RunningGateway gateway)
    {
        var asked = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/prod/cart/");
            using var response = gateway.Http.Send(request, Token);
            asked.Add(response.Headers.GetValues("X-Orc-Instance").Single());
        }

        return asked;
    }

    /// <summary>Answers requests well, and says all the same that it is not.</summary>
    private sealed class SickBackend : IAsyncDisposable
    {
        private int _isWell;
        private int _probes;
        private Backend? _backend;

        public Backend Backend => _backend!;

        public int Probes => Volatile.Read(ref _probes);

        public static async Task<SickBackend> StartAsync()
        {
            var sick = new SickBackend();
            sick._backend = await Backend.StartAsync("sick", sick.AnswerAsync);
            return sick;
        }

        public void Recover() => Interlocked.Exchange(ref _isWell, 1);

        public ValueTask DisposeAsync() => Backend.DisposeAsync();

        private Task AnswerAsync(HttpContext context)
        {
            if (context.Request.Path == "/health")
            {
                Assert.Equal("?deep=1", context.Request.QueryString.Value);
                Interlocked.Increment(ref _probes);
                context.Response.StatusCode = Volatile.Read(ref _isWell) == 1 ? 200 : 503;
            }

            return Task.CompletedTask;
        }
    }
}
