using Orchestrator.Contracts.Bus;
using static Orchestrator.HostAgent.Instances.InstanceEffect;
using static Orchestrator.HostAgent.Instances.InstancePhase;

namespace Orchestrator.HostAgent.Instances;

/// <summary>An instance that hangs is restarted, as one that ended is. What is never restarted is never asked.</summary>
internal static class LivenessRule
{
    /// <summary>From when it is ready for the first time: whoever starts slowly is not taken for one that hangs.</summary>
    public static Liveness Begin(AssignedInstance spec, Readiness readiness, TimeSpan now) =>
        readiness is Readiness.Ready && CheckOf(spec) is { } check
            ? new Liveness(now + IntervalOf(check), Failures: 0)
            : Liveness.NotAsked;

    public static InstanceStep Ask(TrackedInstance instance, Running running) =>
        CheckOf(running.Spec) is { } check
            ? new InstanceStep(
                instance with
                {
                    Phase = running with { Liveness = running.Liveness with { NextProbe = null } },
                },
                [new ProbeLife(running.Address, check, instance.Attempt)]
            )
            : new InstanceStep(instance, []);

    /// <param name="failure">Null when it is alive.</param>
    public static InstanceStep Judge(TrackedInstance instance, Running running, string? failure, TimeSpan now)
    {
        if (CheckOf(running.Spec) is not { } check)
        {
            return new InstanceStep(instance, []);
        }

        var failures = failure is null ? 0 : running.Liveness.Failures + 1;
        return failures < check.UnhealthyAfter
            ? new InstanceStep(
                instance with
                {
                    Phase = running with { Liveness = new Liveness(now + IntervalOf(check), failures) },
                },
                []
            )
            : InstanceEnding.Fail(
                instance,
                running.Spec,
                running.Address,
                $"not alive: {failure}",
                StopPace.Failed(running.Spec),
                now
            );
    }

    private static AssignedHealthCheck? CheckOf(AssignedInstance spec) =>
        spec.Restart == RestartPolicy.Always ? spec.Liveness : null;

    private static TimeSpan IntervalOf(AssignedHealthCheck check) =>
        TimeSpan.FromMilliseconds(check.IntervalMilliseconds);
}
