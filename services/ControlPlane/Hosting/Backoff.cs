using System.Security.Cryptography;

namespace Orchestrator.ControlPlane.Hosting;

/// <summary>Pauses between tries that grow, up to a bound, and differ between replicas so that they do not knock all at once.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan most)
{
    /// <summary>2^10 times the first pause is more than any bound we use.</summary>
    private const int MaxDoublings = 10;

    private int _failures;

    public void Reset() => _failures = 0;

    /// <summary>Between half and all of the pause that is due.</summary>
    public TimeSpan Next()
    {
        var due = first * Math.Pow(2, Math.Min(_failures, MaxDoublings));
        _failures++;
        return (due < most ? due : most) * (RandomNumberGenerator.GetInt32(500, 1001) / 1000.0);
    }
}
