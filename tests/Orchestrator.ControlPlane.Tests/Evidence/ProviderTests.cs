using Microsoft.AspNetCore.Http;
using Orchestrator.ControlPlane.Evidence;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Evidence;

public sealed class ProviderTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);
    private static readonly QueryText About = new("cart", "1.1.0+b", "prod", "cart.prod.4|cart.prod.5");

    [Theory]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2.5"]}]}}""",
        2.5
    )]
    [InlineData("""{"status":"success","data":{"resultType":"scalar","result":[1,"-7"]}}""", -7)]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"version":"1.1.0+b"},"value":[1,"3"]}]}}""",
        3
    )]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"version":"blue"},"value":[1,"4"]}]}}""",
        4
    )]
    public async Task A_number_of_Prometheus_is_read(string body, double expected)
    {
        await using var server = await AnsweringServer.StartAsync(body);

        var reading = await AskAsync(ProviderKind.Prometheus, server.Url, "sum(up{v=\"{{version}}\"})");

        Assert.Equal(new Reading.Number(expected), reading);
        Assert.Equal(
            "/api/v1/query?query=sum%28up%7Bv%3D%221.1.0%2Bb%22%7D%29&time=1777896000.000&lookback_delta=30s",
            Assert.Single(server.Asked)
        );
    }

    [Theory]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[]}}""", "it has no such series now")]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]},{"value":[1,"2"]}]}}""",
        "the query gives 2 series, not one: add them up"
    )]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"NaN"]}]}}""",
        "it says NaN, which is no number"
    )]
    [InlineData(
        """{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}""",
        "it says +Inf, which is no number"
    )]
    [InlineData(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"version":"1.0.0"},"value":[1,"3"]}]}}""",
        "its number is of version 1.0.0"
    )]
    [InlineData(
        """{"status":"success","data":{"resultType":"matrix","result":[]}}""",
        "the query gives a matrix, not a number"
    )]
    [InlineData("""{"status":"error","error":"parse error"}""", "it says: parse error")]
    [InlineData("[]", "it says: no success")]
    public async Task Whatever_else_Prometheus_says_is_no_number(string body, string why)
    {
        await using var server = await AnsweringServer.StartAsync(body);

        Assert.Equal(new Reading.None(why), await AskAsync(ProviderKind.Prometheus, server.Url, "up"));
    }

    [Theory]
    [InlineData("1.5", 1.5)]
    [InlineData("""{"value": 3}""", 3)]
    [InlineData("""{"value": 4, "at": "2026-05-04T11:59:30Z"}""", 4)]
    [InlineData("""{"value": 5, "version": "1.1.0+b"}""", 5)]
    public async Task A_number_as_JSON_is_read(string body, double expected)
    {
        await using var server = await AnsweringServer.StartAsync(body);

        var reading = await AskAsync(
            ProviderKind.Json,
            server.Url,
            "/lost?of={{service}}-{{stage}}&v={{version}}&i={{instances}}"
        );

        Assert.Equal(new Reading.Number(expected), reading);
        Assert.Equal("/lost?of=cart-prod&v=1.1.0%2Bb&i=cart.prod.4%7Ccart.prod.5", Assert.Single(server.Asked));
    }

    [Theory]
    [InlineData("\"1.5\"", "its answer is no number, and has no 'value' that is one")]
    [InlineData("{}", "its answer is no number, and has no 'value' that is one")]
    [InlineData("""{"value": "3"}""", "its answer is no number, and has no 'value' that is one")]
    [InlineData("1e999", "its answer is no number, and has no 'value' that is one")]
    [InlineData("""{"value": 4, "at": "2026-05-04T11:59:29Z"}""", "its number is 31 s old")]
    [InlineData("""{"value": 4, "at": "2026-05-04T12:01:00Z"}""", "its number is from the future")]
    [InlineData("""{"value": 4, "version": "1.0.0"}""", "its number is of version 1.0.0")]
    [InlineData("""{"value": 4, "at": "noon"}""", "its 'at' is no time, such as 2026-03-01T12:00:00Z")]
    public async Task Whatever_else_comes_as_JSON_is_no_number(string body, string why)
    {
        await using var server = await AnsweringServer.StartAsync(body);

        Assert.Equal(new Reading.None(why), await AskAsync(ProviderKind.Json, server.Url, "/"));
    }

    [Theory]
    [InlineData("no JSON at all")]
    [InlineData("")]
    [InlineData("""{"status":"success"}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":7}}""")]
    public async Task Nonsense_is_no_number(string body)
    {
        await using var server = await AnsweringServer.StartAsync(body);

        var reading = await AskAsync(ProviderKind.Prometheus, server.Url, "up");

        Assert.StartsWith(
            "its answer is not understood: ",
            Assert.IsType<Reading.None>(reading).Why,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_status_of_failure_is_no_number_whatever_stands_below_it()
    {
        await using var server = await AnsweringServer.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync("1", context.RequestAborted);
        });

        Assert.Equal(new Reading.None("it answered 503"), await AskAsync(ProviderKind.Json, server.Url, "/"));
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var server = await AnsweringServer.StartAsync(async context =>
        {
            var page = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(page, context.RequestAborted);
            }
        });

        Assert.StartsWith(
            "it cannot be reached: ",
            Assert.IsType<Reading.None>(await AskAsync(ProviderKind.Json, server.Url, "/")).Why,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Who_hangs_has_not_answered()
    {
        await using var server = await AnsweringServer.StartAsync(context =>
            Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted)
        );

        Assert.Equal(
            new Reading.None("it did not answer within 1 s"),
            await AskAsync(ProviderKind.Prometheus, server.Url, "up")
        );
    }

    [Fact]
    public async Task Who_is_gone_cannot_be_reached()
    {
        var server = await AnsweringServer.StartAsync("1");
        var url = server.Url;
        await server.DisposeAsync();

        Assert.StartsWith(
            "it cannot be reached: ",
            Assert.IsType<Reading.None>(await AskAsync(ProviderKind.Json, url, "/")).Why,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_token_is_sent_and_no_redirect_is_followed()
    {
        string? authorization = null;
        await using var elsewhere = await AnsweringServer.StartAsync("1");
        await using var server = await AnsweringServer.StartAsync(context =>
        {
            authorization = context.Request.Headers.Authorization;
            context.Response.Redirect(elsewhere.Url);
            return Task.CompletedTask;
        });
        using var provider = new Provider(
            new ProviderOptions
            {
                Kind = ProviderKind.Json,
                Url = server.Url,
                Token = "s3cret",
            }
        );

        var reading = await provider.AskAsync("/", About, Now, MaxAge, Token);

        Assert.Equal(new Reading.None("it answered 302"), reading);
        Assert.Equal("Bearer s3cret", authorization);
        Assert.Empty(elsewhere.Asked);
    }

    private static async Task<Reading> AskAsync(ProviderKind kind, string url, string text)
    {
        using var provider = new Provider(
            new ProviderOptions
            {
                Kind = kind,
                Url = url,
                TimeoutSeconds = 1,
            }
        );
        return await provider.AskAsync(text, About, Now, MaxAge, Token);
    }
}
