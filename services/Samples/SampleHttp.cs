namespace Orchestrator.Samples;

/// <summary>The client for calls between services: no proxy, no redirects, no cookies, answers of bounded size.</summary>
internal static class SampleHttp
{
    /// <summary>One gateway address carries every call of a copy; beyond this they wait, which bounds sockets and memory.</summary>
    private const int MaxConnections = 128;

    /// <summary>Our own answers are below 4 KiB.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    /// <summary>Below the 130 seconds after which Kestrel closes an idle connection, so that a call rarely meets a closing one.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    public static HttpClient CreateClient(TimeSpan timeout) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                ActivityHeadersPropagator = null,
                MaxConnectionsPerServer = MaxConnections,
                PooledConnectionIdleTimeout = IdleTimeout,
            }
        )
        {
            Timeout = timeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
}
