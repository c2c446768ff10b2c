using System.Net;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Http;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed partial class AccessTests
{
    /// <summary>All that is open. Whoever adds to it should have a reason.</summary>
    private static readonly string[] Open =
    [
        "GET /assets/{name}",
        "GET /healthz",
        "GET /readyz",
        "GET /schemas/{name}",
        "GET /sign-in",
        "POST /sign-in",
    ];

    [Fact]
    public async Task Nothing_but_what_is_listed_answers_without_a_token()
    {
        await using var site = await Site.StartAsync();
        var client = site.Anybody();

        var open = new List<string>();
        var closed = 0;
        foreach (var (method, pattern) in EndpointsOf(site))
        {
            var response = await SendAsync(client, method, pattern);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                closed++;
                Assert.Equal("unauthenticated", (await Site.ProblemAsync(response)).Code);
            }
            else
            {
                open.Add($"{method} {pattern}");
            }
        }

        Assert.Equal(Open, open.Order(StringComparer.Ordinal));
        Assert.True(closed > 25, $"Only {closed} endpoints were tried.");
    }

    [Fact]
    public async Task A_token_that_is_unknown_or_revoked_opens_nothing()
    {
        await using var site = await Site.StartAsync();
        var (admin, viewer) = (site.Admin(), await site.ClientAsync("viewer"));
        var stranger = site.Anybody();
        stranger.DefaultRequestHeaders.Authorization = new("Bearer", "orc_AAAA");
        var tokens = await Site.ReadAsync<Page<TokenView>>(await admin.GetAsync("/v1/tokens", Token));
        var before = await viewer.GetAsync("/v1/hosts", Token);

        await admin.DeleteAsync($"/v1/tokens/{tokens.Items.Single(token => token.Roles[0] == "viewer").Id}", Token);
        var after = await viewer.GetAsync("/v1/hosts", Token);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/v1/hosts", Token)).StatusCode);
    }

    [Fact]
    public async Task A_browser_is_signed_out_when_the_token_that_signed_it_in_is_revoked()
    {
        await using var site = await Site.StartAsync();
        var (admin, viewer) = (site.Admin(), await site.ClientAsync("viewer"));
        var link = await Site.ReadAsync<SignInLink>(await viewer.PostAsync("/v1/sign-in-links", content: null, Token));
        using var browser = new HttpClient();
        await browser.GetAsync(link.Url, Token);
        var tokens = await Site.ReadAsync<Page<TokenView>>(await admin.GetAsync("/v1/tokens", Token));
        var page = new Uri(site.Host.Address, "/v1/whoami");
        var before = await browser.GetAsync(page, Token);

        await admin.DeleteAsync($"/v1/tokens/{tokens.Items.Single(token => token.Roles[0] == "viewer").Id}", Token);
        var after = await browser.GetAsync(page, Token);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Theory]
    [InlineData("viewer", "read")]
    [InlineData("publisher:shop", "read publish")]
    [InlineData("publisher:bank", "read")]
    [InlineData("approver:prod", "read approve")]
    [InlineData("approver:staging", "read")]
    [InlineData("operator", "read apply drain enrol pause cancel")]
    [InlineData("admin", "read publish approve apply drain enrol pause cancel tokens")]
    public async Task A_role_allows_what_it_is_for_and_nothing_else(string role, string allowed)
    {
        await using var site = await Site.StartAsync();
        await Site.ApplyAsync(site.Admin(), Site.CartService);
        var client = await site.ClientAsync(role);

        var found = new List<string>();
        foreach (var (action, send) in Actions)
        {
            var response = await send(client);
            if (response.StatusCode != HttpStatusCode.Forbidden)
            {
                found.Add(action);
                continue;
            }

            var problem = await Site.ProblemAsync(response);
            Assert.Equal("role_missing", problem.Code);
            Assert.Contains("orc token create", problem.Hint, StringComparison.Ordinal);
        }

        Assert.Equal(allowed.Split(' '), found);
    }

    [Fact]
    public async Task A_publisher_may_apply_versions_of_its_team_and_not_services()
    {
        await using var site = await Site.StartAsync();
        await Site.ApplyAsync(site.Admin(), Site.CartService);
        var (own, other) = (await site.ClientAsync("publisher:shop"), await site.ClientAsync("publisher:bank"));

        Assert.Equal(HttpStatusCode.Forbidden, (await Site.ApplyAsync(other, Site.CartVersion)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Site.ApplyAsync(own, Site.CartService)).StatusCode);
        Assert.Empty(site.Conductor.Current.Cell.Versions);
        Assert.Equal(HttpStatusCode.OK, (await Site.ApplyAsync(own, Site.CartVersion)).StatusCode);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task The_first_token_and_the_address_are_left_for_their_owner_only()
    {
        await using var site = await Site.StartAsync();
        var token = Path.Combine(site.DataDirectory, "admin-token");
        var address = Path.Combine(site.DataDirectory, "address");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(token));
        Assert.Equal(site.Host.Address, new Uri((await File.ReadAllTextAsync(address, Token)).Trim()));
        var me = await Site.ReadAsync<WhoAmI>(await site.Admin().GetAsync("/v1/whoami", Token));
        Assert.Equal(["admin"], me.Roles);
    }

    [Fact]
    public async Task Tokens_are_stored_hashed_only()
    {
        await using var site = await Site.StartAsync();
        var created = await Site.ReadAsync<TokenCreated>(
            await site.Admin().PostAsJsonAsync("/v1/tokens", new TokenRequest("ci", ["publisher:shop"]), Token)
        );

        var files = Directory.GetFiles(Path.GetDirectoryName(site.DataDirectory)!, "*.db*");

        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Equal(-1, ReadShared(file).IndexOf(Encoding.UTF8.GetBytes(created.Secret))));
    }

    private static (string Action, Func<HttpClient, Task<HttpResponseMessage>> Send)[] Actions =>
        [
            ("read", client => client.GetAsync("/v1/services", Token)),
            ("publish", client => PostAsync(client, "/v1/services/cart/versions", new { version = "1.0.0" })),
            (
                "approve",
                client => PostAsync(client, "/v1/rollouts/cart/1/prod/approve", new RolloutAction { Reason = "ok" })
            ),
            ("apply", client => Site.ApplyAsync(client, Site.CartService)),
            ("drain", client => client.PostAsync("/v1/hosts/h1/drain", content: null, Token)),
            ("enrol", client => client.PostAsync("/v1/hosts/tokens", content: null, Token)),
            (
                "pause",
                client => PostAsync(client, "/v1/rollouts/cart/1/prod/pause", new RolloutAction { Reason = "ok" })
            ),
            ("cancel", client => PostAsync(client, "/v1/trains/cart/1/cancel", new RolloutAction { Reason = "ok" })),
            ("tokens", client => client.GetAsync("/v1/tokens", Token)),
        ];

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, object body) =>
        client.PostAsJsonAsync(path, body, Token);

    private static IEnumerable<(string Method, string Pattern)> EndpointsOf(Site site) =>
        site
            .Host.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method =>
                    (method, "/" + endpoint.RoutePattern.RawText!.TrimStart('/'))
                )
            );

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string pattern)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(pattern, "x"));
        if (method is not "GET")
        {
            request.Content =
                pattern == "/sign-in"
                    ? new FormUrlEncodedContent([])
                    : new StringContent("{}", Encoding.UTF8, "application/json");
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    private static ReadOnlySpan<byte> ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
