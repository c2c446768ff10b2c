using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Enrolling;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Storage;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests;

/// <summary>A whole replica on a free port, leading, with real SQLite and a bus in memory.</summary>
internal sealed class Site : IAsyncDisposable
{
    public const string Image = "shop/cart@sha256:4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f";

    public const string CartService = $$"""
        apiVersion: orchestrator/v1
        kind: Service
        metadata: {name: cart, team: shop}
        spec:
          template:
            image: {{Image}}
            resources:
              requests: {cpu: 100m, memory: 64Mi}
        """;

    public const string CartVersion = $$"""
        apiVersion: orchestrator/v1
        kind: Version
        metadata: {service: cart, version: 1.0.0}
        spec: {channel: stable, image: {{Image}}}
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly Workbench _bench;
    private readonly List<HttpClient> _clients = [];

    private Site(Workbench bench, ControlPlaneHost host) => (_bench, Host) = (bench, host);

    public ControlPlaneHost Host { get; }

    public Conductor Conductor => Host.Services.GetRequiredService<Conductor>();

    public string DataDirectory => Path.Combine(_bench.DirectoryPath, "data");

    public Database Database => _bench.Database;

    public static Task<Site> StartAsync() => StartAsync(new EnrolmentOptions(), isEmbedded: true);

    public static async Task<Site> StartAsync(EnrolmentOptions enrolment, bool isEmbedded)
    {
        var bench = await OpenAsync();
        var host = await ControlPlaneHost.StartAsync(
            new ControlPlaneOptions
            {
                DataDirectory = Path.Combine(bench.DirectoryPath, "data"),
                ListenUrl = "http://127.0.0.1:0",
                IsEmbedded = isEmbedded,
                Enrolment = enrolment,
            },
            bench.Database,
            bench.Bus,
            NullLoggerFactory.Instance,
            TimeProvider.System,
            Token
        );
        var site = new Site(bench, host);
        // Its first decision is to route anew under its epoch; from there on nothing changes by itself.
        await UntilAsync(() => site.Conductor.IsLeading && site.Conductor.Current.Cell.RouteRevision > 0);
        return site;
    }

    /// <summary>Follows no redirect and keeps no cookie: what is answered is what is seen.</summary>
    public HttpClient Anybody()
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = Host.Address,
        };
        _clients.Add(client);
        return client;
    }

    public HttpClient Admin() => With(AdminToken());

    public string AdminToken() => File.ReadAllText(Path.Combine(DataDirectory, "admin-token")).Trim();

    public async Task<HttpClient> ClientAsync(params string[] roles) => With(await TokenAsync(roles));

    public async Task<string> TokenAsync(params string[] roles)
    {
        var secret = FirstToken.NewToken();
        var id = FirstToken.NewId();
        var token = new ApiToken(
            id,
            $"{string.Join('+', roles)} {id}",
            [.. roles],
            DateTimeOffset.UtcNow,
            RevokedAt: null
        );
        await Tokens.AddAsync(Database, token, Tokens.HashOf(secret), Token);
        return secret;
    }

    public static async Task<HttpResponseMessage> ApplyAsync(HttpClient client, string text, string? planId = null) =>
        await client.PostAsJsonAsync(
            "/v1/apply",
            new ApplyRequest { Files = [new ManifestFile("fleet.yaml", text)], PlanId = planId },
            Json,
            Token
        );

    /// <summary>The answer, which must be a success.</summary>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        return (await response.Content.ReadFromJsonAsync<T>(Json, Token))!;
    }

    public static async Task<Problem> ProblemAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = (await response.Content.ReadFromJsonAsync<Problem>(Json, Token))!;
        Assert.Equal((int)response.StatusCode, problem.Status);
        return problem;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await Host.StopAsync(Token);
        await Host.DisposeAsync();
        await _bench.DisposeAsync();
    }

    private HttpClient With(string token)
    {
        var client = Anybody();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
