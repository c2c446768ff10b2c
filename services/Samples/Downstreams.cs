using System.Globalization;

namespace Orchestrator.Samples;

/// <summary>Calls the downstream services through the gateway, all at once, each at most once: a retry would hide a lost request.</summary>
internal sealed class Downstreams(IReadOnlyList<Downstream> services) : IDisposable
{
    /// <summary>Below the load generator's patience, so that who failed is known before the caller gives up.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client = SampleHttp.CreateClient(Timeout);

    public Task<CallOutcome[]> CallAllAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(services.Select(service => CallAsync(service, cancellationToken)));

    public void Dispose() => _client.Dispose();

    private async Task<CallOutcome> CallAsync(Downstream downstream, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(downstream.Address, cancellationToken);
            var status = (int)response.StatusCode;
            return new CallOutcome(
                downstream.Service,
                status,
                response.IsSuccessStatusCode ? "" : string.Create(CultureInfo.InvariantCulture, $"answered {status}")
            );
        }
        catch (HttpRequestException failure)
        {
            return new CallOutcome(downstream.Service, Status: 0, failure.HttpRequestError.ToString());
        }
        catch (TaskCanceledException late) when (late.InnerException is TimeoutException)
        {
            return new CallOutcome(downstream.Service, Status: 0, "timeout");
        }
    }
}
