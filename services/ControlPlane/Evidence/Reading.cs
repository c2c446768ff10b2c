namespace Orchestrator.ControlPlane.Evidence;

/// <summary>What a provider answered to one question.</summary>
internal abstract record Reading
{
    private Reading() { }

    public sealed record Number(double Value) : Reading;

    /// <summary>There is no number, and why. That passes nobody and fails nobody.</summary>
    public sealed record None(string Why) : Reading;
}
