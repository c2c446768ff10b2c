using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Orchestrator.ControlPlane.Webhooks;
using Orchestrator.Core.Rollouts;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Webhooks;

/// <summary>What servers of all kinds say to one question, and that only a plain permission is one.</summary>
public sealed class WebhookTests
{
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Briefly = TimeSpan.FromMilliseconds(150);
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"allow": true, "reason": "12 of 12 passed"}""", "12 of 12 passed")]
    [InlineData("""{"allow": true}""", "")]
    [InlineData("""{"allow": true, "reason": null, "more": [1, 2]}""", "")]
    [InlineData("""{"allow": true, "reason": "two\nlines\u001b[31m"}""", "two lines [31m")]
    [InlineData("""{"allow": true, "reason": "\ud83d"}""", "")]
    public async Task A_permission_opens(string body, string reason) =>
        Assert.Equal(new WebhookAnswer.Allowed(reason), await AnswerOfAsync(StatusCodes.Status200OK, body));

    [Fact]
    public async Task A_refusal_holds_with_its_reason_and_a_long_one_is_cut()
    {
        Assert.Equal(
            new WebhookAnswer.Refused("3 failed"),
            await AnswerOfAsync(StatusCodes.Status200OK, """{"allow": false, "reason": "3 failed"}""")
        );
        var refused = await AnswerOfAsync(
            StatusCodes.Status200OK,
            $$"""{"allow": false, "reason": "{{new string('x', 5_000)}}"}"""
        );
        Assert.Equal(new WebhookAnswer.Refused(new string('x', 300)), refused);
    }

    [Theory]
    [InlineData(202, "", "")]
    [InlineData(202, """{"reason": "queued"}""", "queued")]
    [InlineData(202, """{"allow": true}""", "")]
    [InlineData(200, """{"pending": true, "allow": true, "reason": "running"}""", "running")]
    public async Task Who_does_not_know_yet_is_pending(int status, string body, string reason) =>
        Assert.Equal(new WebhookAnswer.Pending(reason), await AnswerOfAsync(status, body));

    [Theory]
    [InlineData(200, "", "its answer is no JSON object")]
    [InlineData(200, "yes", "its answer is no JSON object")]
    [InlineData(200, "true", "its answer is no JSON object")]
    [InlineData(200, """[{"allow": true}]""", "its answer is no JSON object")]
    [InlineData(200, """{"allow": false, "allow": true}""", "its answer is no JSON object")]
    [InlineData(200, """{"allow": true} trailing""", "its answer is no JSON object")]
    [InlineData(200, """{"allowed": true}""", "its answer has no 'allow'")]
    [InlineData(200, """{"Allow": true}""", "its answer has no 'allow'")]
    [InlineData(200, """{"allow": "true"}""", "its answer's 'allow' is neither true nor false")]
    [InlineData(200, """{"allow": 1}""", "its answer's 'allow' is neither true nor false")]
    [InlineData(201, """{"allow": true}""", "it answered 201")]
    [InlineData(400, """{"allow": true}""", "it answered 400")]
    [InlineData(500, """{"allow": true}""", "it answered 500")]
    public async Task Whatever_else_is_answered_is_no_answer(int status, string body, string why) =>
        Assert.Equal(new WebhookAnswer.Failed(why), await AnswerOfAsync(status, body));

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var inside = await GateServer.StartAsync(200, """{"allow": true}""");
        await using var server = await GateServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = inside.Url;
            return Task.CompletedTask;
        });

        var answer = await AskAsync(server.Url, Patiently);

        Assert.Equal(new WebhookAnswer.Failed($"it answered {status}; no redirect is followed"), answer);
        Assert.Empty(inside.Deliveries);
    }

    [Fact]
    public async Task Who_hangs_has_not_answered()
    {
        await using var server = await GateServer.StartAsync(context => HangAsync(context.RequestAborted));

        Assert.Equal(new WebhookAnswer.Failed("it did not answer within 0.15 s"), await AskAsync(server.Url, Briefly));
    }

    [Fact]
    public async Task Who_hangs_in_the_middle_of_the_answer_has_not_answered()
    {
        await using var server = await GateServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("""{"allow": true""", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await HangAsync(context.RequestAborted);
        });

        Assert.Equal(new WebhookAnswer.Failed("it did not answer within 0.15 s"), await AskAsync(server.Url, Briefly));
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var server = await GateServer.StartAsync(async context =>
        {
            var page = Encoding.ASCII.GetBytes(new string(' ', 16 * 1024));
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(page, context.RequestAborted);
            }
        });

        Assert.Equal(new WebhookAnswer.Failed("its answer is too long"), await AskAsync(server.Url, Patiently));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"allow\": true}", "its answer breaks off")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"allow\": true}", "its answer is no JSON object")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\"allow\": true}", null)]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", null)]
    [InlineData("", null)]
    public async Task Who_lies_about_the_length_or_speaks_something_else_has_not_answered(string bytes, string? why)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        var saying = SayAsync(listener, bytes);

        var answer = await AskAsync($"http://{listener.LocalEndpoint}/", Patiently);
        await saying;

        var failed = Assert.IsType<WebhookAnswer.Failed>(answer);
        Assert.True(why is null || failed.Why == why, failed.Why);
    }

    [Fact]
    public async Task Nobody_there_is_no_answer()
    {
        string url;
        await using (var server = await GateServer.StartAsync(200, """{"allow": true}"""))
        {
            url = server.Url;
        }

        Assert.Equal(new WebhookAnswer.Failed("it cannot be reached"), await AskAsync(url, Patiently));
    }

    [Fact]
    public async Task What_is_sent_is_signed_so_that_its_receiver_can_verify_it()
    {
        await using var server = await GateServer.StartAsync(200, """{"allow": true}""");

        await AskAsync(server.Url, Patiently);

        var delivered = Assert.Single(server.Deliveries);
        Assert.Equal("POST /gate application/json", delivered.Request);
        Assert.Equal(("msg_1", "1777896000"), (delivered.Id, delivered.Timestamp));
        Assert.True(delivered.IsSigned);
        Assert.False((delivered with { Body = delivered.Body + " " }).IsSigned);
        Assert.False((delivered with { Timestamp = "1777896001" }).IsSigned);
        Assert.False((delivered with { Id = "msg_2" }).IsSigned);
    }

    /// <summary>The example of the Standard Webhooks specification's own libraries.</summary>
    [Fact]
    public void A_signature_is_what_the_specification_says() =>
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            SigningKey
                .Parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!
                .Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", """{"test": 2432232314}"""u8)
        );

    [Theory]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("whsec_not base64 at all, whatever it is")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    public void A_key_that_is_none_is_refused_with_what_to_do(string key)
    {
        var options = new WebhookOptions { Url = "ftp://there", Key = key };

        var wrong = options.Validate("load-test").ToList();

        Assert.Null(SigningKey.Parse(key));
        Assert.Equal(["Webhooks:load-test:Url", "Webhooks:load-test:Key"], wrong.SelectMany(each => each.MemberNames));
        Assert.Contains("openssl rand", wrong[1].ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(new WebhookOptions { Url = "https://there", Key = SigningKey.New() }.Validate("load-test"));
    }

    private static async Task<WebhookAnswer> AnswerOfAsync(int status, string body)
    {
        await using var server = await GateServer.StartAsync(status, body);
        return await AskAsync(server.Url, Patiently);
    }

    private static async Task<WebhookAnswer> AskAsync(string url, TimeSpan within)
    {
        using var webhook = new Webhook(new WebhookOptions { Url = url, Key = GateServer.Key });
        return await webhook.AskAsync(new WebhookDelivery("msg_1", "{}"u8.ToArray()), within, Noon, Token);
    }

    private static Task HangAsync(CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

    private static async Task SayAsync(TcpListener listener, string bytes)
    {
        using var socket = await listener.AcceptSocketAsync(Token);
        // The whole question is read first, or the answer might be lost to a reset.
        var buffer = new byte[4096];
        var read = await socket.ReceiveAsync(buffer, Token);
        while (!Encoding.ASCII.GetString(buffer, 0, read).EndsWith("{}", StringComparison.Ordinal))
        {
            read += await socket.ReceiveAsync(buffer.AsMemory(read), Token);
        }

        await socket.SendAsync(Encoding.ASCII.GetBytes(bytes), Token);
        socket.Shutdown(SocketShutdown.Both);
    }
}
