namespace Orchestrator.Samples;

/// <summary>
/// Says which requests fail, spread evenly and without chance: of any hundred in a row exactly the given number, so
/// that 20 percent is one in five.
/// </summary>
internal sealed class ErrorSpread
{
    private const int Whole = 100;
    private long _requests;

    public bool NextFails(int percent)
    {
        var number = Interlocked.Increment(ref _requests);
        return number * percent / Whole > (number - 1) * percent / Whole;
    }
}
