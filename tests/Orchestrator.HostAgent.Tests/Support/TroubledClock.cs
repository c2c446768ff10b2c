namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>A clock as a busy machine shows it: between two looks at it time passes. It can also break.</summary>
internal sealed class TroubledClock(TimeSpan passing) : TimeProvider
{
    private long _passed;

    public bool IsBroken { get; set; }

    public override long GetTimestamp() =>
        IsBroken
            ? throw new InvalidOperationException("The clock is broken.")
            : base.GetTimestamp() + Interlocked.Add(ref _passed, (long)(passing.TotalSeconds * TimestampFrequency));
}
