using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Tests;

public sealed class SampleServiceTests : IDisposable
{
    private readonly HttpClient _client = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_says_who_answered()
    {
        await using var cart = await RunningSample.StartAsync(ACartService());

        var answer = await _client.GetFromJsonAsync<JsonObject>(new Uri(cart.Address, "/any/path"), Cancelled);

        Assert.Equal(
            """{"service":"cart","version":"1.2.0","instance":"cart-7","calls":[],"error":""}""",
            answer!.ToJsonString()
        );
    }

    [Fact]
    public async Task Each_request_calls_every_downstream_through_the_gateway_at_the_same_time()
    {
        var asked = 0;
        var both = new TaskCompletionSource();
        await using var gateway = await RunningSample.StartAsync(context =>
        {
            if (Interlocked.Increment(ref asked) == 2)
            {
                both.SetResult();
            }
            return both.Task.WaitAsync(context.RequestAborted);
        });
        await using var cart = await RunningSample.StartAsync(
            ACartService() with
            {
                Calls = [Behind(gateway, "redis"), Behind(gateway, "ads")],
            }
        );

        var answer = await _client.GetFromJsonAsync<JsonObject>(cart.Address, Cancelled);

        Assert.Equal(
            """[{"service":"redis","status":200,"error":""},{"service":"ads","status":200,"error":""}]""",
            answer!["calls"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task A_failing_downstream_makes_the_answer_502_and_is_named()
    {
        await using var gateway = await RunningSample.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/prod/redis/" ? 500 : 200;
            return Task.CompletedTask;
        });
        var nobody = new Downstream("ads", new Uri("http://127.0.0.1:1/prod/ads/"));
        await using var cart = await RunningSample.StartAsync(
            ACartService() with
            {
                Calls = [Behind(gateway, "redis"), Behind(gateway, "mail"), nobody],
            }
        );

        using var response = await _client.GetAsync(cart.Address, Cancelled);
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>(Cancelled);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("redis: answered 500; ads: ConnectionError", answer!["error"]!.ToString());
    }

    [Fact]
    public async Task Health_is_about_this_copy_alone()
    {
        var asked = 0;
        await using var gateway = await RunningSample.StartAsync(_ =>
        {
            Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        });
        await using var cart = await RunningSample.StartAsync(
            ACartService() with
            {
                Calls = [Behind(gateway, "redis")],
                Chaos = new Chaos(ErrorPercent: 100, DelayMilliseconds: 60_000),
            }
        );

        using var response = await _client.GetAsync(new Uri(cart.Address, "/healthz"), Cancelled);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task Twenty_percent_errors_are_every_fifth_request()
    {
        await using var cart = await RunningSample.StartAsync(
            ACartService() with
            {
                Chaos = new Chaos(ErrorPercent: 20, DelayMilliseconds: 0),
            }
        );

        var answers = new List<int>();
        for (var request = 0; request < 10; request++)
        {
            using var response = await _client.GetAsync(cart.Address, Cancelled);
            answers.Add((int)response.StatusCode);
        }

        Assert.Equal([200, 200, 200, 200, 500, 200, 200, 200, 200, 500], answers);
    }

    [Fact]
    public async Task Chaos_changes_while_it_runs_and_what_is_not_named_stays()
    {
        await using var cart = await RunningSample.StartAsync(ACartService() with { Chaos = new Chaos(0, 3) });

        using var changed = await OrderAsync(cart, """{"errorPercent":100}""");
        using var response = await _client.GetAsync(cart.Address, Cancelled);

        Assert.Equal(
            """{"errorPercent":100,"delayMilliseconds":3}""",
            await changed.Content.ReadAsStringAsync(Cancelled)
        );
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"errorPercent":101}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"delayMilliseconds":-1}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"errorPercent":""", HttpStatusCode.BadRequest)]
    [InlineData("null", HttpStatusCode.BadRequest)]
    [InlineData("""{"version":"1.1.0","errorPercent":100}""", HttpStatusCode.Conflict)]
    public async Task A_wrong_order_changes_nothing(string order, HttpStatusCode expected)
    {
        await using var cart = await RunningSample.StartAsync(ACartService());

        using var refused = await OrderAsync(cart, order);
        using var response = await _client.GetAsync(cart.Address, Cancelled);

        Assert.Equal(expected, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    public void Dispose() => _client.Dispose();

    private static ServiceSettings ACartService() =>
        new()
        {
            Port = 1,
            Service = "cart",
            Version = "1.2.0",
            Instance = "cart-7",
            Calls = [],
            Chaos = new Chaos(ErrorPercent: 0, DelayMilliseconds: 0),
        };

    private static Downstream Behind(RunningSample gateway, string service) =>
        new(service, new Uri(gateway.Address, $"/prod/{service}/"));

    private Task<HttpResponseMessage> OrderAsync(RunningSample sample, string order) =>
        _client.PostAsync(new Uri(sample.Address, "/sample"), new StringContent(order), Cancelled);
}
