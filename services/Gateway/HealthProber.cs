using System.Net;
using Orchestrator.Gateway.Routing;

namespace Orchestrator.Gateway;

/// <summary>
/// Asks the instances of routes that name a health path whether they are well, as seen from here: their agents ask them on
/// their own hosts. One that is not is spared after two answers in a row, and used again after one.
/// </summary>
internal sealed partial class HealthProber : IAsyncDisposable
{
    private readonly Router _router;
    private readonly HttpMessageInvoker _client;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    /// <summary>Those that were not well when they were last asked.</summary>
    private HashSet<InstanceEndpoint> _suspects = [];

    public HealthProber(
        Router router,
        HttpMessageInvoker client,
        TimeSpan interval,
        TimeProvider timeProvider,
        ILogger logger
    )
    {
        (_router, _client, _interval, _timeProvider, _logger) = (router, client, interval, timeProvider, logger);
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_interval, _timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                await ProbeAsync(_stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The gateway stops.
        }
        catch (Exception exception)
        {
            LogStopped(exception);
            throw;
        }
    }

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var endpoints = _router.ReadProbed();
        var isWell = new bool[endpoints.Count];
        await Parallel.ForAsync(
            0,
            endpoints.Count,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = GatewayLimits.ProbesAtOnce,
                CancellationToken = cancellationToken,
            },
            async (i, token) =>
                isWell[i] = endpoints[i].Path is not { } path || await IsWellAsync(endpoints[i], path, token)
        );
        var suspects = new HashSet<InstanceEndpoint>();
        for (var i = 0; i < endpoints.Count; i++)
        {
            var endpoint = endpoints[i].Endpoint;
            if (!isWell[i])
            {
                suspects.Add(endpoint);
            }

            endpoint.Health.Probed(isWell[i] || !_suspects.Contains(endpoint));
        }

        _suspects = suspects;
    }

    private async Task<bool> IsWellAsync(ProbedEndpoint probed, string path, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(GatewayLimits.ProbeDeadline);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, probed.Endpoint.Prefix.TrimEnd('/') + path)
            {
                Version = probed.IsHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var response = await _client.SendAsync(request, late.Token);
            return (int)response.StatusCode < (int)HttpStatusCode.BadRequest;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The gateway stopped asking instances whether they are well.")]
    private partial void LogStopped(Exception exception);
}
