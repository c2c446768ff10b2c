using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Instances;

/// <summary>How much time one is given that is to end.</summary>
/// <param name="PreStop">Before its stop signal.</param>
/// <param name="Grace">From its stop signal to SIGKILL.</param>
internal sealed record StopPace(TimeSpan PreStop, TimeSpan Grace)
{
    public static readonly StopPace AtOnce = new(TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>It is well and nobody wants it any more: what may still reach it is answered first.</summary>
    public static StopPace Drained(AssignedInstance spec) =>
        new(TimeSpan.FromMilliseconds(spec.Container?.PreStopMilliseconds ?? 0), GraceOf(spec));

    /// <summary>It is not well, or the whole host goes: there is nothing to wait for.</summary>
    public static StopPace Failed(AssignedInstance spec) => new(TimeSpan.Zero, GraceOf(spec));

    private static TimeSpan GraceOf(AssignedInstance spec) => TimeSpan.FromMilliseconds(spec.StopGraceMilliseconds);
}
