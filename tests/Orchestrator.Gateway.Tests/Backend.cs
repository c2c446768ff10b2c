using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Gateway.Tests;

/// <summary>An instance: a real server on a free port.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private Backend(string name, HttpProtocols protocols, RequestDelegate handler)
    {
        Name = name;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port: 0, endpoint => endpoint.Protocols = protocols)
        );
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(async context =>
        {
            Interlocked.Increment(ref _requests);
            await handler(context);
        });
    }

    public string Name { get; }

    public int Requests => Volatile.Read(ref _requests);

    public RouteEndpoint Endpoint =>
        new(
            Name,
            _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()[
                "http://".Length..
            ]
        );

    public static Task<Backend> StartAsync(string name) =>
        StartAsync(name, context => context.Response.WriteAsync(name, context.RequestAborted));

    public static Task<Backend> StartAsync(string name, RequestDelegate handler) =>
        StartAsync(name, HttpProtocols.Http1, handler);

    public static async Task<Backend> StartAsync(string name, HttpProtocols protocols, RequestDelegate handler)
    {
        var backend = new Backend(name, protocols, handler);
        await backend._app.StartAsync(TestContext.Current.CancellationToken);
        return backend;
    }

    /// <summary>Nobody listens there.</summary>
    public static RouteEndpoint Dead(string name)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new RouteEndpoint(name, listener.LocalEndpoint.ToString()!);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
