using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Orchestrator.Contracts.Bus;
using Orchestrator.Messaging;
using Orchestrator.Tests.Shared;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

/// <summary>The program as it is deployed: its own process, configured by its environment, on a real broker.</summary>
public sealed class StandaloneTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_program_serves_what_comes_over_RabbitMQ_and_stops_when_asked_to()
    {
        Assert.SkipWhen(RabbitMqBroker.WhyNot is not null, RabbitMqBroker.WhyNot ?? "");
        await using var broker = await RabbitMqBroker.StartAsync(Token);
        await using var backend = await Backend.StartAsync("a");
        var directory = Directory.CreateTempSubdirectory("orc-gateway-");
        var url = $"http://127.0.0.1:{FreePort()}";
        using var program = Start(url, broker.Port, directory, isRead: false);
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri(url) };
            await Poll.UntilAsync(() => IsLiveAsync(http), RunningGateway.Patience);
            await using var bus = await MessageBus.StartRabbitMqAsync(SettingsOf(broker), Token);
            var heard = new TaskCompletionSource();
            await using var listening = await bus.ReceiveTelemetryAsync(
                Queues.Telemetry("default"),
                (telemetry, _) =>
                {
                    if (telemetry.Gateways.Any(gateway => gateway is { GatewayId: "g1", Revision: 1 }))
                    {
                        heard.TrySetResult();
                    }

                    return Task.CompletedTask;
                },
                Token
            );

            var table = ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint]));
            await Poll.UntilAsync(
                async () =>
                    await Record.ExceptionAsync(() => bus.SendAsync(Queues.Gateway("g1"), table, Token)) is null,
                RunningGateway.Patience
            );
            await heard.Task.WaitAsync(RunningGateway.Patience, Token);

            Assert.Equal("a", await http.GetStringAsync(new Uri("/prod/cart/", UriKind.Relative), Token));
            using var kill = Process.Start("kill", ["-TERM", program.Id.ToString(CultureInfo.InvariantCulture)]);
            await program.WaitForExitAsync(Token).WaitAsync(RunningGateway.Patience, Token);
            Assert.Equal(0, program.ExitCode);
        }
        finally
        {
            program.Kill(entireProcessTree: true);
            await program.WaitForExitAsync(CancellationToken.None);
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Without_a_broker_the_program_serves_the_last_table_and_reports_once_there_is_one()
    {
        Assert.SkipWhen(RabbitMqBroker.WhyNot is not null, RabbitMqBroker.WhyNot ?? "");
        await using var broker = await RabbitMqBroker.StartAsync(Token);
        await broker.KillAsync();
        await using var backend = await Backend.StartAsync("a");
        var directory = Directory.CreateTempSubdirectory("orc-gateway-");
        await using (var saved = File.Create(Path.Combine(directory.FullName, "route-table.json")))
        {
            var table = ATable(7, new VersionRoute("1.0.0", 100, [backend.Endpoint]));
            await JsonSerializer.SerializeAsync(saved, table, BusJson.Options, Token);
        }

        var url = $"http://127.0.0.1:{FreePort()}";
        using var program = Start(url, broker.Port, directory, isRead: true);
        var gaveUp = new TaskCompletionSource();
        program.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("There is no broker", StringComparison.Ordinal) == true)
            {
                gaveUp.TrySetResult();
            }
        };
        program.BeginOutputReadLine();
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri(url) };
            await Poll.UntilAsync(() => IsLiveAsync(http), RunningGateway.Patience);
            Assert.Equal("a", await http.GetStringAsync(new Uri("/prod/cart/", UriKind.Relative), Token));

            // The bus itself tries for a while first.
            await gaveUp.Task.WaitAsync(TimeSpan.FromMinutes(2), Token);
            await broker.StartServerAsync(Token);
            await using var bus = await MessageBus.StartRabbitMqAsync(SettingsOf(broker), Token);
            var heard = new TaskCompletionSource();
            await using var listening = await bus.ReceiveTelemetryAsync(
                Queues.Telemetry("default"),
                (telemetry, _) =>
                {
                    if (telemetry.Gateways.Any(gateway => gateway is { GatewayId: "g1", Revision: 7 }))
                    {
                        heard.TrySetResult();
                    }

                    return Task.CompletedTask;
                },
                Token
            );
            await heard.Task.WaitAsync(TimeSpan.FromMinutes(2), Token);
        }
        finally
        {
            program.Kill(entireProcessTree: true);
            await program.WaitForExitAsync(CancellationToken.None);
            directory.Delete(recursive: true);
        }
    }

    private static RabbitMqSettings SettingsOf(RabbitMqBroker broker) =>
        new()
        {
            Host = "127.0.0.1",
            Port = broker.Port,
            VirtualHost = "/",
            User = "guest",
            Password = "guest",
        };

    private static Process Start(string url, int brokerPort, DirectoryInfo directory, bool isRead) =>
        Process.Start(
            new ProcessStartInfo("dotnet")
            {
                // It is built beside the tests, which refer to it.
                ArgumentList = { typeof(GatewayServer).Assembly.Location },
                RedirectStandardOutput = isRead,
                Environment =
                {
                    ["Gateway__GatewayId"] = "g1",
                    ["Gateway__Url"] = url,
                    ["Gateway__DataDirectory"] = directory.FullName,
                    ["RabbitMq__Port"] = brokerPort.ToString(CultureInfo.InvariantCulture),
                },
            }
        )!;

    private static async Task<bool> IsLiveAsync(HttpClient http)
    {
        try
        {
            return await http.GetStringAsync(new Uri("/healthz", UriKind.Relative), Token) == "live";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
