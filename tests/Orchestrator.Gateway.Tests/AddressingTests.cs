using System.Net;
using Microsoft.AspNetCore.Http;
using Orchestrator.Contracts.Bus;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

public sealed class AddressingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cart.prod.localhost", "/items/1?x=2", "/items/1?x=2")]
    [InlineData("Cart.PROD.LocalHost:7480", "/", "/")]
    [InlineData("cart.prod.localhost", "/prod/cart/x", "/prod/cart/x")]
    [InlineData("cart.prod.localhost", "/healthz", "/healthz")]
    [InlineData("cart.prod.localhost", "/readyz", "/readyz")]
    [InlineData("localhost", "/prod/cart/x", "/x")]
    [InlineData("cart.prod.example.com", "/prod/cart/x", "/x")]
    public async Task A_service_is_asked_for_by_host_or_else_by_path(string host, string path, string seen)
    {
        await using var backend = await Backend.StartAsync(
            "a",
            context =>
                context.Response.WriteAsync(
                    $"{context.Request.Path}{context.Request.QueryString} {context.Request.Headers["X-Forwarded-Prefix"]}",
                    Token
                )
        );
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        using var response = await gateway.SendAsync(HttpMethod.Get, path, ("Host", host));

        Assert.Equal($"{seen} {(seen == path ? "" : "/prod/cart")}", await response.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("other.prod.localhost")]
    [InlineData("prod.cart.localhost")]
    [InlineData("cart.localhost")]
    [InlineData("x.cart.prod.localhost")]
    public async Task A_host_below_the_domain_that_is_no_service_is_404_whatever_the_path(string host)
    {
        await using var backend = await Backend.StartAsync("a");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        using var response = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/", ("Host", host));

        await Problems.AssertAsync(response, HttpStatusCode.NotFound, "route_unknown");
    }

    [Fact]
    public async Task A_version_without_a_share_answers_only_who_asks_for_it_by_name_or_at_the_preview_address()
    {
        await using var old = await Backend.StartAsync("old");
        await using var @new = await Backend.StartAsync("new");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(
            ATable(
                1,
                new VersionRoute("1.0.0", 100, [old.Endpoint]),
                new VersionRoute("1.1.0", 0, [@new.Endpoint]) { IsPreview = true }
            )
        );

        var anybody = await VersionsAsync(gateway, "cart.prod.localhost");
        var testers = await VersionsAsync(gateway, "Preview--cart.prod.localhost");
        using var named = await gateway.SendAsync(
            HttpMethod.Get,
            "/",
            ("Host", "cart.prod.localhost"),
            ("X-Orc-Version", "1.1.0")
        );
        await old.DisposeAsync();
        using var alone = await gateway.SendAsync(HttpMethod.Get, "/", ("Host", "cart.prod.localhost"));

        Assert.Equal(["1.0.0"], anybody);
        Assert.Equal(["1.1.0"], testers);
        Assert.Equal("1.1.0", named.Headers.GetValues("X-Orc-Version").Single());
        Assert.Equal(HttpStatusCode.BadGateway, alone.StatusCode);
    }

    [Fact]
    public async Task Without_a_version_to_preview_its_address_is_unknown()
    {
        await using var backend = await Backend.StartAsync("a");
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        using var response = await gateway.SendAsync(HttpMethod.Get, "/", ("Host", "preview--cart.prod.localhost"));

        await Problems.AssertAsync(response, HttpStatusCode.NotFound, "route_unknown");
    }

    private static async Task<HashSet<string>> VersionsAsync(RunningGateway gateway, string host)
    {
        var versions = new HashSet<string>(StringComparer.Ordinal);
        for (var request = 0; request < 20; request++)
        {
            using var response = await gateway.SendAsync(HttpMethod.Get, "/", ("Host", host));
            versions.UnionWith(response.Headers.GetValues("X-Orc-Version"));
        }

        return versions;
    }
}
