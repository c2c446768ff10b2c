using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Threading.Channels;
using Orchestrator.Contracts.Bus;
using Orchestrator.Tests.Shared;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Messaging.Tests;

/// <summary>What the broker itself lets the user of a host do, by its own word.</summary>
public sealed class HostRightsTests(ManagedBrokerFixture fixture) : IClassFixture<ManagedBrokerFixture>
{
    private const string Own = "h1";
    private const string Other = "h2";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_with_its_own_rights_hears_answers_reports_and_is_heard()
    {
        await using var controlPlane = await MessageBus.StartRabbitMqAsync(fixture.Admin, Token);
        var reports = Channel.CreateUnbounded<HostReport>();
        var answers = Channel.CreateUnbounded<LogsRead>();
        var telemetry = Channel.CreateUnbounded<Telemetry>();
        await using var conducting = await controlPlane.ReceiveAsync<HostReport>(
            Queues.Conductor("default"),
            reports.Writer.TakeAsync,
            Token
        );
        await using var asking = await controlPlane.ReceiveAsync<LogsRead>(
            Queues.Replica("cp1"),
            answers.Writer.TakeAsync,
            Token
        );
        await using var listening = await controlPlane.ReceiveTelemetryAsync(
            Queues.Telemetry("default"),
            telemetry.Writer.TakeAsync,
            Token
        );
        await using var host = await MessageBus.StartRabbitMqAsync(await fixture.HostAsync(Own), Token);
        var assignments = Channel.CreateUnbounded<AssignHost>();
        await using var receiving = await host.ReceiveAsync<AssignHost>(
            Queues.Host(Own),
            assignments.Writer.TakeAsync,
            Token
        );

        await controlPlane.SendAsync(Queues.Host(Own), SampleMessages.AssignHost, Token);
        await host.SendAsync(Queues.Conductor("default"), SampleMessages.HostReport, Token);
        await host.SendAsync(Queues.Replica("cp1"), SampleMessages.LogsRead, Token);
        await host.SendTelemetryAsync(Queues.Telemetry("default"), new Telemetry(), Token);

        Assert.Equal(SampleMessages.AssignHost.Revision, (await assignments.Reader.NextAsync()).Revision);
        Assert.Equal(SampleMessages.HostReport.HostId, (await reports.Reader.NextAsync()).HostId);
        Assert.Equal(SampleMessages.LogsRead.RequestId, (await answers.Reader.NextAsync()).RequestId);
        await telemetry.Reader.NextAsync();
    }

    [Fact]
    public async Task A_host_with_its_own_rights_parks_what_it_cannot_handle()
    {
        await using var controlPlane = await MessageBus.StartRabbitMqAsync(fixture.Admin, Token);
        await using var host = await MessageBus.StartRabbitMqAsync(await fixture.HostAsync("parking"), Token);
        await using var receiving = await host.ReceiveAsync<AssignHost>(
            Queues.Host("parking"),
            (_, _) => throw new InvalidOperationException("Cannot handle it."),
            Token
        );

        await controlPlane.SendAsync(Queues.Host("parking"), SampleMessages.AssignHost, Token);

        await using var connection = await ConnectAsync(fixture.Admin);
        await Poll.UntilAsync(
            async () =>
            {
                await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
                var absent = await Record.ExceptionAsync(() =>
                    channel.QueueDeclarePassiveAsync("host-parking_error", Token)
                );
                return absent is null && await channel.MessageCountAsync("host-parking_error", Token) == 1;
            },
            Patience
        );
    }

    [Fact]
    public async Task A_host_that_sends_to_another_host_or_a_gateway_is_told_that_nobody_is_there()
    {
        await using var controlPlane = await MessageBus.StartRabbitMqAsync(fixture.Admin, Token);
        await using var other = await controlPlane.ReceiveAsync<AssignHost>(Queues.Host(Other), Ignore, Token);
        await using var gateway = await controlPlane.ReceiveAsync<RouteTable>(Queues.Gateway("g1"), Ignore, Token);
        await using var conductor = await controlPlane.ReceiveAsync<HostReport>(Queues.Conductor("c2"), Ignore, Token);
        await using var host = await MessageBus.StartRabbitMqAsync(await fixture.HostAsync(Own), Token);

        await Assert.ThrowsAsync<UndeliverableException>(() =>
            host.SendAsync(Queues.Host(Other), SampleMessages.AssignHost, Token)
        );
        await Assert.ThrowsAsync<UndeliverableException>(() =>
            host.SendAsync(Queues.Gateway("g1"), SampleMessages.RouteTable, Token)
        );
    }

    [Theory]
    [InlineData("reads another host's queue")]
    [InlineData("takes one message of another host's queue")]
    [InlineData("copies what is sent to another host")]
    [InlineData("sends to another host's exchange")]
    [InlineData("sends to any queue by its name")]
    [InlineData("deletes another host's queue")]
    [InlineData("deletes the conductor's queue")]
    [InlineData("deletes the exchange that leads to it")]
    [InlineData("reads what hosts report")]
    [InlineData("declares a queue of another name")]
    public async Task A_host_is_refused_when_it(string deed)
    {
        await using var controlPlane = await MessageBus.StartRabbitMqAsync(fixture.Admin, Token);
        await using var other = await controlPlane.ReceiveAsync<AssignHost>(Queues.Host(Other), Ignore, Token);
        await using var conductor = await controlPlane.ReceiveAsync<HostReport>(
            Queues.Conductor("default"),
            Ignore,
            Token
        );
        await using var host = await MessageBus.StartRabbitMqAsync(await fixture.HostAsync(Own), Token);
        await using var own = await host.ReceiveAsync<AssignHost>(Queues.Host(Own), Ignore, Token);
        await using var connection = await ConnectAsync(await fixture.HostAsync(Own));
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(true, publisherConfirmationTrackingEnabled: true),
            Token
        );

        var refusal = await Record.ExceptionAsync(() => DoAsync(channel, deed));

        var reason = refusal switch
        {
            OperationInterruptedException interrupted => interrupted.ShutdownReason,
            _ => channel.CloseReason,
        };
        Assert.NotNull(refusal);
        Assert.Equal((ushort)Constants.AccessRefused, reason?.ReplyCode ?? 0);
    }

    [Fact]
    public async Task The_other_rights_would_let_it_do_all_of_that()
    {
        await using var controlPlane = await MessageBus.StartRabbitMqAsync(fixture.Admin, Token);
        await using var other = await controlPlane.ReceiveAsync<AssignHost>(Queues.Host(Other), Ignore, Token);
        await using var connection = await ConnectAsync(fixture.Admin);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);

        await DoAsync(channel, "reads another host's queue");
        await DoAsync(channel, "sends to any queue by its name");
        await DoAsync(channel, "declares a queue of another name");
    }

    private static Task DoAsync(IChannel channel, string deed) =>
        deed switch
        {
            "reads another host's queue" => channel.BasicConsumeAsync(
                Queues.Host(Other),
                autoAck: true,
                new AsyncDefaultBasicConsumer(channel),
                Token
            ),
            "takes one message of another host's queue" => channel.BasicGetAsync(Queues.Host(Other), true, Token),
            "copies what is sent to another host" => channel.QueueBindAsync(
                Queues.Host(Own),
                Queues.Host(Other),
                "",
                cancellationToken: Token
            ),
            "sends to another host's exchange" => PublishAsync(channel, Queues.Host(Other), ""),
            "sends to any queue by its name" => PublishAsync(channel, "", Queues.Host(Other)),
            "deletes another host's queue" => channel.QueueDeleteAsync(
                Queues.Host(Other),
                ifUnused: false,
                ifEmpty: false,
                cancellationToken: Token
            ),
            "deletes the conductor's queue" => channel.QueueDeleteAsync(
                Queues.Conductor("default"),
                ifUnused: false,
                ifEmpty: false,
                cancellationToken: Token
            ),
            "deletes the exchange that leads to it" => channel.ExchangeDeleteAsync(
                Queues.FromHosts,
                cancellationToken: Token
            ),
            "reads what hosts report" => channel.QueueBindAsync(
                Queues.Host(Own),
                Queues.FromHosts,
                Queues.Conductor("default"),
                cancellationToken: Token
            ),
            _ => channel.QueueDeclareAsync("mine", cancellationToken: Token),
        };

    private static Task PublishAsync(IChannel channel, string exchange, string routingKey) =>
        channel.BasicPublishAsync(exchange, routingKey, true, new BasicProperties(), new byte[1], Token).AsTask();

    private static Task Ignore<T>(T message, CancellationToken cancellationToken) => Task.CompletedTask;

    private static Task<IConnection> ConnectAsync(RabbitMqSettings settings) =>
        new ConnectionFactory
        {
            HostName = settings.Host,
            Port = settings.Port,
            UserName = settings.User,
            Password = settings.Password,
        }.CreateConnectionAsync(Token);
}

/// <summary>A broker on which users can be made.</summary>
public sealed class ManagedBrokerFixture : IAsyncLifetime
{
    private RabbitMqBroker? _broker;

    private RabbitMqBroker Broker => _broker ?? throw new InvalidOperationException("There is no broker.");

    public RabbitMqSettings Admin
    {
        get
        {
            Assert.SkipWhen(RabbitMqBroker.WhyNot is not null, RabbitMqBroker.WhyNot ?? "");
            return new RabbitMqSettings
            {
                Host = "127.0.0.1",
                Port = Broker.Port,
                User = "guest",
                Password = "guest",
            };
        }
    }

    /// <summary>How the host connects, with a user that may do what its host needs.</summary>
    public async Task<RabbitMqSettings> HostAsync(string hostId)
    {
        var settings = Admin with { User = hostId, Password = $"secret-{hostId}", Out = Queues.OutOf(hostId) };
        var rights = BrokerRights.OfHost(hostId);
        using var http = new HttpClient { BaseAddress = Broker.ManagementUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes("guest:guest"))
        );
        await PutAsync(http, $"api/users/{hostId}", new { password = settings.Password, tags = "" });
        await PutAsync(
            http,
            $"api/permissions/%2F/{hostId}",
            new
            {
                configure = rights.Configure,
                write = rights.Write,
                read = rights.Read,
            }
        );
        return settings;
    }

    public async ValueTask InitializeAsync()
    {
        if (RabbitMqBroker.WhyNot is null)
        {
            _broker = await RabbitMqBroker.StartManagedAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }

    private static async Task PutAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PutAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }
}
