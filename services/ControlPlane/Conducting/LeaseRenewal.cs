using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Conducting;

/// <summary>Holds on to a lease. It ends the leadership when the lease is lost, or when it may be.</summary>
internal static partial class LeaseRenewal
{
    /// <summary>A lease is renewed so many times before it would lapse, so that two tries may fail.</summary>
    private const int TriesPerLease = 3;

    /// <summary>Ends with the leadership.</summary>
    public static async Task RunAsync(
        Database database,
        Lease lease,
        Leadership leadership,
        TimeProvider clock,
        ILogger logger
    )
    {
        var every = lease.Duration / TriesPerLease;
        var renewedAt = clock.GetTimestamp();
        try
        {
            while (clock.GetElapsedTime(renewedAt) < lease.Duration)
            {
                await Task.Delay(every, clock, leadership.Ended);
                var triedAt = clock.GetTimestamp();
                switch (await TryAsync(database, lease, every, leadership, clock, logger))
                {
                    case Renewal.Renewed:
                        renewedAt = triedAt;
                        break;
                    case Renewal.Lost:
                        LogLost(logger, lease.Cell, lease.Epoch);
                        return;
                    case Renewal.Unknown:
                        break;
                }
            }

            LogLapsed(logger, lease.Cell, lease.Epoch);
        }
        catch (OperationCanceledException) when (leadership.Ended.IsCancellationRequested)
        {
            // That is how it ends.
        }
        finally
        {
            await leadership.EndAsync();
        }
    }

    private static async Task<Renewal> TryAsync(
        Database database,
        Lease lease,
        TimeSpan within,
        Leadership leadership,
        TimeProvider clock,
        ILogger logger
    )
    {
        using var late = new CancellationTokenSource(within, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, leadership.Ended);
        try
        {
            return await Leases.RenewAsync(database, lease, over.Token) ? Renewal.Renewed : Renewal.Lost;
        }
        catch (Exception exception) when (!leadership.Ended.IsCancellationRequested)
        {
            LogNotRenewed(logger, exception, lease.Cell);
            return Renewal.Unknown;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Another replica has acquired cell {Cell} after epoch {Epoch}")]
    private static partial void LogLost(ILogger logger, string cell, long epoch);

    [LoggerMessage(LogLevel.Warning, "The lease of cell {Cell} under epoch {Epoch} could not be renewed in time")]
    private static partial void LogLapsed(ILogger logger, string cell, long epoch);

    [LoggerMessage(LogLevel.Warning, "The lease of cell {Cell} could not be renewed; tries again")]
    private static partial void LogNotRenewed(ILogger logger, Exception exception, string cell);

    private enum Renewal
    {
        Renewed,
        Lost,
        Unknown,
    }
}
