namespace Orchestrator.Gateway.Routing;

/// <summary>
/// What decides one pick: where it falls, and whom it must leave out. The n-th request of a route falls on the
/// fractional part of n·φ: any run of requests, and every second or third of them, is spread as evenly as can be, with
/// no randomness and one counter.
/// </summary>
internal readonly struct Choice(ulong number, long now, bool isSkipping, InstanceEndpoint? except)
{
    /// <summary>2⁶⁴/φ.</summary>
    private const ulong GoldenStep = 0x9E37_79B9_7F4A_7C15;

    /// <summary>A different draw than <see cref="PointIn"/>, else version and endpoint would go together.</summary>
    public ulong Mixed
    {
        get
        {
            // SplitMix64.
            var mixed = unchecked(number * GoldenStep);
            mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9);
            mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB);
            return mixed ^ (mixed >> 31);
        }
    }

    /// <summary>From 0 to below <paramref name="total"/>.</summary>
    public int PointIn(int total) => (int)Math.BigMul(unchecked(number * GoldenStep), (ulong)total, out _);

    public bool Allows(InstanceEndpoint endpoint) => endpoint != except && !(isSkipping && endpoint.IsSkipped(now));

    public Choice WithSkipped() => new(number, now, isSkipping: false, except);
}
