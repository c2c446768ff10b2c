namespace Orchestrator.Messaging;

/// <summary>Every bound of the bus, with its reason.</summary>
internal static class BusLimits
{
    /// <summary>A broker fault stalls sends for up to 15 s; waiting longer than this only fills the sender's own queue.</summary>
    public static readonly TimeSpan SendDeadline = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Declaring a queue takes milliseconds, or tens of seconds while a broker with thousands of them starts. A queue that
    /// exists with other arguments never gets ready: the library retries for ever, so only the deadline ends it.
    /// </summary>
    public static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    /// <summary>Stopping waits for running handlers; with an unreachable broker it would wait for minutes.</summary>
    public static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(10);

    /// <summary>A message in hand and some on the way; more would only hide a slow receiver from the broker.</summary>
    public const int Prefetch = 16;

    /// <summary>Order matters more than throughput: an agent applies one assignment after the other.</summary>
    public const int Concurrency = 1;

    /// <summary>
    /// Short enough that a message which always fails holds its queue for three seconds at most, long enough to get over
    /// a database that restarts a connection.
    /// </summary>
    public static readonly TimeSpan[] RetryIntervals =
    [
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMilliseconds(500),
        TimeSpan.FromMilliseconds(2_000),
    ];

    /// <summary>
    /// Commands and reports are levels, so of a receiver that is away only the newest matter: the oldest go first.
    /// The bytes bound what 10,000 large assignments may take.
    /// </summary>
    public const int QueueLength = 10_000;

    public const long QueueBytes = 256L * 1024 * 1024;

    /// <summary>A host or replica that did not come back in a week leaves no queue behind.</summary>
    public static readonly TimeSpan QueueExpiry = TimeSpan.FromDays(7);

    /// <summary>Telemetry that waits to be sent or handled: a minute at four senders per second and process.</summary>
    public const int TelemetryBacklog = 256;

    /// <summary>Telemetry on the broker: at 1,000 senders per second, what is older than ten seconds is of no use.</summary>
    public const int TelemetryQueueLength = 10_000;

    /// <summary>Enough to keep the receiver busy over one round trip.</summary>
    public const ushort TelemetryPrefetch = 64;

    /// <summary>A telemetry queue whose cell is gone for an hour disappears.</summary>
    public static readonly TimeSpan TelemetryQueueExpiry = TimeSpan.FromHours(1);

    /// <summary>A publish that takes longer means a broker that does not read; drop instead of piling up.</summary>
    public static readonly TimeSpan TelemetryPublishDeadline = TimeSpan.FromSeconds(1);

    /// <summary>Between two tries to get a channel again; also what a broker restart adds to the gap in telemetry.</summary>
    public static readonly TimeSpan TelemetryReconnectDelay = TimeSpan.FromMilliseconds(500);
}
