using System.Globalization;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Instances;

/// <summary>Asks instances over HTTP whether they are well.</summary>
internal sealed class HealthProbe : IDisposable
{
    private const int FirstHealthyStatus = 200;
    private const int LastHealthyStatus = 399;

    private readonly HttpClient _client = new(
        // An instance must answer by itself: not through a proxy, and not by pointing elsewhere.
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan, // Each check has its own.
    };

    /// <summary>Null when healthy, else what is wrong, for people.</summary>
    public async Task<string?> CheckAsync(
        string address,
        AssignedHealthCheck check,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        // Within the host's own network: instances speak plain HTTP, as the gateway does to them.
        var target = $"{Uri.UriSchemeHttp}://{address}/{check.Path.TrimStart('/')}";
        if (!Uri.TryCreate(target, UriKind.Absolute, out var uri))
        {
            return $"there is nothing to ask at '{address}{check.Path}'";
        }

        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(check.TimeoutMilliseconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await _client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var status = (int)response.StatusCode;
            return status is >= FirstHealthyStatus and <= LastHealthyStatus
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"{check.Path} answered {status}");
        }
        catch (HttpRequestException e)
        {
            return $"{check.Path}: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{check.Path} did not answer within {check.TimeoutMilliseconds} ms"
            );
        }
    }

    public void Dispose() => _client.Dispose();
}
