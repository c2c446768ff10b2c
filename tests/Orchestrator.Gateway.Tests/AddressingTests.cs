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
}
