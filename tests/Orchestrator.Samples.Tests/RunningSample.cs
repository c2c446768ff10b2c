using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Samples.Tests;

/// <summary>A real server on a free port of loopback.</summary>
internal sealed class RunningSample : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IDisposable? _service;

    private RunningSample(WebApplication app, IDisposable? service) => (_app, _service) = (app, service);

    public Uri Address =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static Task<RunningSample> StartAsync(ServiceSettings settings)
    {
        var service = new SampleService(settings);
        return StartAsync(service.RespondAsync, service);
    }

    public static Task<RunningSample> StartAsync(RequestDelegate respond) => StartAsync(respond, service: null);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _service?.Dispose();
    }

    private static async Task<RunningSample> StartAsync(RequestDelegate respond, IDisposable? service)
    {
        var app = SampleHost.Create(port: 0, respond);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningSample(app, service);
    }
}
