using System.Numerics;

namespace Orchestrator.Gateway.Routing;

/// <summary>
/// What requests showed about an endpoint. One that refused or failed is spared for a while: it gets requests only where
/// its version has nobody else. Each time in a row the while is twice as long; good answers end the row.
/// </summary>
internal sealed class EndpointHealth
{
    /// <summary>A bit for each of the last answers, set where it was a failure.</summary>
    private int _answers;
    private int _timesInRow;
    private long _spareUntil;
    private int _isUnwell;

    public bool IsSpared(long now) => now < Volatile.Read(ref _spareUntil) || Volatile.Read(ref _isUnwell) != 0;

    /// <summary>Costs nothing while all is well.</summary>
    public void Answered()
    {
        if (Volatile.Read(ref _answers) != 0 && Shift(failure: 0) == 0)
        {
            Volatile.Write(ref _timesInRow, 0);
        }
    }

    /// <summary>True when too many of the last answers were failures.</summary>
    public bool Failed() => BitOperations.PopCount((uint)Shift(failure: 1)) >= GatewayLimits.FailuresToSpare;

    /// <summary>Twice as long as the last time, up to a bound.</summary>
    public TimeSpan NextWhile(TimeSpan first)
    {
        var times = Math.Min(Interlocked.Increment(ref _timesInRow) - 1, GatewayLimits.SpareDoublings);
        var longer = first * (1 << times);
        return longer < GatewayLimits.LongestSpare ? longer : GatewayLimits.LongestSpare;
    }

    /// <summary>In ticks of the clock that <see cref="IsSpared"/> is asked with.</summary>
    public void SpareUntil(long timestamp) => Volatile.Write(ref _spareUntil, timestamp);

    /// <summary>What the gateway's own question found, which holds until it finds something else.</summary>
    public void Probed(bool isWell) => Volatile.Write(ref _isUnwell, isWell ? 0 : 1);

    private int Shift(int failure)
    {
        while (true)
        {
            var before = Volatile.Read(ref _answers);
            var after = ((before << 1) | failure) & ((1 << GatewayLimits.AnswersRemembered) - 1);
            if (Interlocked.CompareExchange(ref _answers, after, before) == before)
            {
                return after;
            }
        }
    }
}
