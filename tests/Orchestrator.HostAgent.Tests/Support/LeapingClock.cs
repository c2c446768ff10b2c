namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>As on a machine that is too busy: between any two readings much time has passed.</summary>
internal sealed class LeapingClock(TimeSpan leap) : TimeProvider
{
    private long _readings;

    public long Readings => Interlocked.Read(ref _readings);

    public override long GetTimestamp() =>
        System.GetTimestamp()
        + (Interlocked.Increment(ref _readings) * leap.Ticks * (TimestampFrequency / TimeSpan.TicksPerSecond));
}
