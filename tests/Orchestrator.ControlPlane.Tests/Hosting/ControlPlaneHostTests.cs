using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Messaging;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Hosting;

public sealed class ControlPlaneHostTests
{
    private static readonly HostId H1 = HostId.Parse("h1");

    [Fact]
    public async Task A_host_that_reports_is_taken_in_and_sent_its_assignment()
    {
        await using var bench = await OpenAsync();
        var assigned = new ConcurrentQueue<AssignHost>();
        await bench.Bus.ReceiveAsync<AssignHost>(
            "host-h1",
            (assign, _) =>
            {
                assigned.Enqueue(assign);
                return Task.CompletedTask;
            },
            Token
        );
        await using var host = await StartAsync(bench);
        var conductor = await LeaderOfAsync(host);

        await SendAsync(bench, AReport("h1"));
        await UntilAsync(() => conductor.Current.Cell.Hosts.ContainsKey(H1) && !assigned.IsEmpty);

        Assert.True(assigned.TryDequeue(out var assign));
        Assert.Equal(conductor.Current.Epoch, assign.Epoch);
        Assert.Equal(new Resources(4_000, 8_192), conductor.Current.Cell.Hosts[H1].Capacity);
    }

    [Fact]
    public async Task A_malformed_report_is_counted_and_does_not_stop_the_queue()
    {
        await using var bench = await OpenAsync();
        await using var host = await StartAsync(bench);
        var conductor = await LeaderOfAsync(host);
        var good = AReport("h1");

        await SendAsync(bench, good with { HostId = "../etc" });
        await SendAsync(bench, good with { Facts = good.Facts with { CpuMillicores = -1 } });
        await SendAsync(bench, good);

        await UntilAsync(() => conductor.Current.Cell.Hosts.Count == 1);
        Assert.Equal(2, host.Services.GetRequiredService<Reception>().Malformed);
    }

    [Fact]
    public async Task A_heartbeat_is_heard()
    {
        await using var bench = await OpenAsync();
        await using var host = await StartAsync(bench);
        var conductor = await LeaderOfAsync(host);
        await SendAsync(bench, AReport("h1"));
        await UntilAsync(() => conductor.Current.LastHeard.ContainsKey(H1));
        var before = conductor.Current.LastHeard[H1];

        await UntilAsync(async () =>
        {
            await bench.Bus.SendTelemetryAsync(
                "telemetry-default",
                new Telemetry
                {
                    Hosts = [new HostHeartbeat("h1", "s-1", 0, 0, "d-1"), new HostHeartbeat("?", "", 0, 0, "")],
                },
                Token
            );
            return conductor.Current.LastHeard[H1] > before;
        });

        Assert.True(host.Services.GetRequiredService<Reception>().Malformed > 0);
    }

    [Fact]
    public async Task A_replica_that_is_stopped_and_started_goes_on_where_it_was()
    {
        await using var bench = await OpenAsync();
        await using (var first = await StartAsync(bench))
        {
            var conductor = await LeaderOfAsync(first);
            Assert.IsType<CellAnswer.Applied>(
                await conductor.AskAsync(ALine("cart", "0 0 9 * * ?", "Europe/Berlin"), Token)
            );
            await UntilAsync(() => conductor.Current.Cell.Trains.Count == 1);
            await first.StopAsync(Token);
        }

        await using var second = await StartAsync(bench);
        var resumed = await LeaderOfAsync(second);

        Assert.Single(resumed.Current.Cell.Lines);
        Assert.Single(resumed.Current.Cell.Trains);
        Assert.Equal("http", second.Address.Scheme);
        Assert.NotEqual(0, second.Address.Port);
    }

    [Fact]
    public async Task Options_that_cannot_work_are_refused_with_all_reasons()
    {
        await using var bench = await OpenAsync();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            StartAsync(
                bench,
                new ControlPlaneOptions
                {
                    Cell = "No Cell",
                    DataDirectory = bench.DirectoryPath,
                    LeaseSeconds = 0,
                }
            )
        );

        Assert.Equal(2, refused.Failures.Count());
    }

    private static Task<ControlPlaneHost> StartAsync(Workbench bench) =>
        StartAsync(
            bench,
            new ControlPlaneOptions
            {
                DataDirectory = bench.DirectoryPath,
                ListenUrl = "http://127.0.0.1:0",
                IsEmbedded = true,
            }
        );

    private static Task<ControlPlaneHost> StartAsync(Workbench bench, ControlPlaneOptions options) =>
        ControlPlaneHost.StartAsync(
            options,
            bench.Database,
            bench.Bus,
            NullLoggerFactory.Instance,
            TimeProvider.System,
            Token
        );

    private static async Task<Conductor> LeaderOfAsync(ControlPlaneHost host)
    {
        var conductor = host.Services.GetRequiredService<Conductor>();
        await UntilAsync(() => conductor.IsLeading);
        return conductor;
    }

    /// <summary>A replica leads a moment before it receives; an agent tries again like this.</summary>
    private static Task SendAsync(Workbench bench, HostReport report) =>
        UntilAsync(async () =>
        {
            try
            {
                await bench.Bus.SendAsync("conductor-default", report, Token);
                return true;
            }
            catch (UndeliverableException)
            {
                return false;
            }
        });

    private static HostReport AReport(string host) =>
        new()
        {
            HostId = host,
            AgentSession = "s-1",
            Sequence = 1,
            Epoch = 0,
            Revision = 0,
            Digest = "d-1",
            Facts = new HostFacts
            {
                CpuMillicores = 4_000,
                MemoryMebibytes = 8_192,
                Runtime = "process",
                AgentVersion = "1.0.0",
                Labels = new Dictionary<string, string>(),
            },
            Instances = [],
        };
}
