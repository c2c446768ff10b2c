namespace Orchestrator.Gateway;

/// <summary>Every bound of the gateway, with its reason.</summary>
internal static class GatewayLimits
{
    /// <summary>A healthy host accepts within milliseconds; after this long it is as good as gone.</summary>
    public static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(2);

    /// <summary>No byte in either direction for this long ends a request: a hung instance must not hold it for ever.</summary>
    public static readonly TimeSpan ActivityDeadline = TimeSpan.FromSeconds(100);

    /// <summary>Below the two minutes after which common servers close idle connections, so that we close first.</summary>
    public static readonly TimeSpan IdleConnectionLifetime = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long an endpoint that refused a connection is spared at first. Its agent reports within a second or two, and
    /// the next table says what is true.
    /// </summary>
    public static readonly TimeSpan SpareAfterConnectFailure = TimeSpan.FromSeconds(1);

    /// <summary>How long one that answers badly is spared at first: nobody else takes it out of the table.</summary>
    public static readonly TimeSpan SpareAfterFailures = TimeSpan.FromSeconds(5);

    /// <summary>Each time in a row it is twice as long as before, and never longer than this: whatever it was may be over.</summary>
    public static readonly TimeSpan LongestSpare = TimeSpan.FromSeconds(30);

    /// <summary>More often it is at its longest anyhow.</summary>
    public const int SpareDoublings = 5;

    /// <summary>Enough for a share to mean something, and soon forgotten.</summary>
    public const int AnswersRemembered = 16;

    /// <summary>Of <see cref="AnswersRemembered"/>. Every second one: what fails seldom is the service's own business.</summary>
    public const int FailuresToSpare = 8;

    /// <summary>The first try, another endpoint, and another version where that failed too. More would only add load when everything fails.</summary>
    public const int Attempts = 3;

    /// <summary>Of one version, in tenths of a percent; far more than all, so that a route's sum stays a number.</summary>
    public const int MaxWeight = 1_000_000;

    /// <summary>A request starts over when the table changed under it; more often than this in a row never happens.</summary>
    public const int TableChangesPerAttempt = 8;

    /// <summary>Each holds a socket on either side; a process may open about 65,000.</summary>
    public const int Connections = 20_000;

    /// <summary>A few scrapers, and somebody who looks.</summary>
    public const int MetricsConnections = 100;

    /// <summary>Of one request; far more than browsers and services send.</summary>
    public const int Headers = 100;

    /// <summary>Times the bound that callers are told about; beyond it a request is refused while it is being read.</summary>
    public const int HardHeaderFactor = 2;

    /// <summary>Of one HTTP/2 connection, as servers usually have it; the next waits.</summary>
    public const int StreamsPerConnection = 100;

    /// <summary>Longer than the minute after which common clients and load balancers close idle connections, so that they close first.</summary>
    public static readonly TimeSpan IdleCallerLifetime = TimeSpan.FromSeconds(130);

    /// <summary>Whoever is slower holds a connection to hold it.</summary>
    public const int SlowestBytesPerSecond = 240;

    /// <summary>Told to callers while there is no endpoint; a table with a new one comes within a second.</summary>
    public const int RetryAfterSeconds = 1;

    /// <summary>Between two heartbeats, however many instances become idle in the meantime.</summary>
    public static readonly TimeSpan HeartbeatGap = TimeSpan.FromMilliseconds(20);

    /// <summary>Between two attempts to find the broker, each of which may itself take 20 s.</summary>
    public static readonly TimeSpan BrokerRetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Of questions to instances whether they are well: enough for thousands of them in an interval.</summary>
    public const int ProbesAtOnce = 32;

    /// <summary>An instance that takes longer for so little is not well.</summary>
    public static readonly TimeSpan ProbeDeadline = TimeSpan.FromSeconds(2);

    /// <summary>Requests in flight get this long when the gateway stops.</summary>
    public static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(5);
}
