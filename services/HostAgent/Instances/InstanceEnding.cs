using Orchestrator.Contracts.Bus;
using static Orchestrator.HostAgent.Instances.InstanceEffect;
using static Orchestrator.HostAgent.Instances.InstancePhase;

namespace Orchestrator.HostAgent.Instances;

/// <summary>How one instance ends: by itself, because it is not wanted, or to begin anew.</summary>
internal static class InstanceEnding
{
    /// <summary>Of one that did not start, or whose end nobody saw.</summary>
    public const int UnknownExit = -1;

    public static InstanceStep BeginStop(
        TrackedInstance instance,
        AssignedInstance spec,
        string address,
        string reason,
        bool hasFailed,
        StopPace pace
    ) =>
        new(
            instance with
            {
                Phase = new Stopping(spec, address, reason, hasFailed, RetryAt: null),
            },
            [new Stop(pace, KeepsRecord: false)]
        );

    /// <summary>It ended by itself, or did not come to run.</summary>
    public static InstanceStep End(
        TrackedInstance instance,
        AssignedInstance spec,
        string address,
        string reason,
        InstanceExit exit,
        TimeSpan now
    ) =>
        spec.Restart == RestartPolicy.Never && InstanceMachine.IsWanted(instance, spec)
            ? Retire(instance, spec, address, reason, exit)
            : Fail(instance, spec, address, reason, StopPace.AtOnce, now);

    /// <summary>It is never restarted. How it ended is on disk before anything of it is taken away.</summary>
    public static InstanceStep Retire(
        TrackedInstance instance,
        AssignedInstance spec,
        string address,
        string reason,
        InstanceExit exit
    ) =>
        new(
            instance with
            {
                Phase = new Stopping(spec, address, reason, HasFailed: true, RetryAt: null) { Exit = exit },
            },
            [new RememberExit(spec, exit, reason), new Stop(StopPace.AtOnce, KeepsRecord: true)]
        );

    /// <summary>What is left of it is taken away before it waits: its children may hold the port.</summary>
    public static InstanceStep Fail(
        TrackedInstance instance,
        AssignedInstance spec,
        string address,
        string reason,
        StopPace pace,
        TimeSpan now
    )
    {
        var wasReadyLong =
            instance.Phase is Running { Readiness: Readiness.Ready(var since, _) }
            && now - since >= RestartDelay.ForgetAfter;
        var failed = instance with { Failures = wasReadyLong ? 1 : instance.Failures + 1 };
        return BeginStop(failed, spec, address, reason, hasFailed: true, pace);
    }

    public static InstanceStep Finish(TrackedInstance instance, Stopping stopping, TimeSpan now) =>
        (stopping.Exit, stopping.HasFailed && InstanceMachine.IsWanted(instance, stopping.Spec)) switch
        {
            (null, true) => new InstanceStep(
                instance with
                {
                    Phase = new Backoff(stopping.Spec, now + RestartDelay.After(instance.Failures), stopping.Reason),
                },
                []
            ),
            (null, false) => InstanceMachine.Settle(instance with { Phase = new Idle() }),
            // Should it have left the assignment meanwhile, what was kept of it goes as well.
            (var exit, _) => InstanceMachine.Settle(
                instance with
                {
                    Phase = new InstancePhase.Exited(stopping.Spec, exit, stopping.Reason),
                }
            ),
        };
}
