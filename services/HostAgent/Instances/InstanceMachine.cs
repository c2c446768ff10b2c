using System.Globalization;
using Orchestrator.Contracts.Bus;
using static Orchestrator.HostAgent.Instances.InstanceEffect;
using static Orchestrator.HostAgent.Instances.InstanceEvent;
using static Orchestrator.HostAgent.Instances.InstancePhase;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// The life of one instance on this host, as one table. At most one start, stop or probe of each kind is under way at any
/// time; late or repeated news changes nothing.
/// </summary>
internal static class InstanceMachine
{
    /// <summary>A stop that failed is tried again for as long as it takes: what is not wanted must not go on.</summary>
    public static readonly TimeSpan StopRetryDelay = TimeSpan.FromSeconds(1);

    public static InstanceStep Step(TrackedInstance instance, InstanceEvent @event, TimeSpan now) =>
        (instance.Phase, @event) switch
        {
            (_, Assigned(var desired)) => Assign(instance, desired),
            (Starting starting, Started(var attempt, var address)) when attempt == instance.Attempt => Run(
                instance,
                starting.Spec,
                address,
                now
            ),
            (Starting starting, StartFailed(var attempt, var reason, var at)) when attempt == instance.Attempt =>
                InstanceEnding.End(
                    instance,
                    starting.Spec,
                    address: "",
                    reason,
                    new InstanceExit(InstanceEnding.UnknownExit, at),
                    now
                ),
            (Running running, InstanceEvent.Exited(var attempt, var reason, var exit))
                when attempt == instance.Attempt => InstanceEnding.End(
                instance,
                running.Spec,
                running.Address,
                reason,
                exit,
                now
            ),
            (Running running, Probed(var attempt, var failure)) when attempt == instance.Attempt => Judge(
                instance,
                running,
                failure,
                now
            ),
            (Running running, Lived(var attempt, var failure)) when attempt == instance.Attempt => LivenessRule.Judge(
                instance,
                running,
                failure,
                now
            ),
            (Stopping stopping, Stopped) => InstanceEnding.Finish(instance, stopping, now),
            (Stopping stopping, StopFailed(var reason)) => new InstanceStep(
                instance with
                {
                    Phase = stopping with { Reason = reason, RetryAt = now + StopRetryDelay },
                },
                []
            ),
            (var phase, Tick) when DueOf(phase) <= now => Wake(instance, now),
            _ => new InstanceStep(instance, []),
        };

    /// <summary>When something is due though nothing happens; null if never.</summary>
    public static TimeSpan? DueOf(InstancePhase phase) =>
        phase switch
        {
            Running running => Earliest(Earliest(running.NextProbe, running.Liveness.NextProbe), StartupEndOf(running)),
            Backoff { Until: var until } => until,
            Stopping { RetryAt: var retryAt } => retryAt,
            _ => null,
        };

    private static InstanceStep Assign(TrackedInstance instance, AssignedInstance? desired)
    {
        var isNewGeneration = desired is not null && desired.Generation != GenerationOf(instance);
        return Settle(
            instance with
            {
                Desired = desired,
                Restarts = isNewGeneration ? 0 : instance.Restarts,
                Failures = isNewGeneration ? 0 : instance.Failures,
            }
        );
    }

    /// <summary>Turns an instance that is not what is wanted towards it.</summary>
    public static InstanceStep Settle(TrackedInstance instance) =>
        instance.Phase switch
        {
            Idle when instance.Desired is null => new InstanceStep(instance with { Phase = new Gone() }, []),
            Idle or Gone when instance.Desired is { } desired => BeginStart(instance, desired, mayKeepPort: true),
            Starting(var spec) when !IsWanted(instance, spec) => new InstanceStep(instance, [new CancelStart()]),
            Running(var spec, var address, _, _, _) when !IsWanted(instance, spec) => InstanceEnding.BeginStop(
                instance,
                spec,
                address,
                instance.Desired is null ? "no longer assigned" : "replaced",
                hasFailed: false,
                StopPace.Drained(spec)
            ),
            InstancePhase.Exited(var spec, _, _) when !IsWanted(instance, spec) => InstanceEnding.BeginStop(
                instance,
                spec,
                address: "",
                "no longer assigned",
                hasFailed: false,
                StopPace.AtOnce
            ),
            Backoff(var spec, _, _) when instance.Desired is null => InstanceEnding.BeginStop(
                instance,
                spec,
                address: "",
                "no longer assigned",
                hasFailed: false,
                StopPace.AtOnce
            ),
            Backoff(var spec, _, _) when instance.Desired is { } desired && !IsWanted(instance, spec) => BeginStart(
                instance,
                desired,
                mayKeepPort: true
            ),
            _ => new InstanceStep(instance, []),
        };

    private static InstanceStep BeginStart(TrackedInstance instance, AssignedInstance spec, bool mayKeepPort)
    {
        var starting = instance with { Phase = new Starting(spec), Attempt = instance.Attempt + 1 };
        return new InstanceStep(starting, [new Start(spec, starting.Attempt, starting.Restarts, mayKeepPort)]);
    }

    private static InstanceStep Run(TrackedInstance instance, AssignedInstance spec, string address, TimeSpan now)
    {
        Readiness readiness = spec.Health is null
            ? new Readiness.Ready(now, FailedProbes: 0)
            : new Readiness.Unproven(Probes: 0, "starting");
        TimeSpan? nextProbe = spec.Health is null ? null : now + ReadinessRule.FirstDelay;
        var running = instance with
        {
            Phase = new Running(spec, address, readiness, now, nextProbe)
            {
                Liveness = LivenessRule.Begin(spec, readiness, now),
            },
        };
        var step = Settle(running);
        return step with { Effects = [new Watch(instance.Attempt), .. step.Effects] };
    }

    private static InstanceStep Judge(TrackedInstance instance, Running running, string? failure, TimeSpan now)
    {
        if (running.Spec.Health is not { } check)
        {
            return new InstanceStep(instance, []);
        }

        var readiness = ReadinessRule.Next(running.Readiness, check, failure, now);
        var isFirstTime = running.Readiness is Readiness.Unproven && readiness is Readiness.Ready;
        return new InstanceStep(
            instance with
            {
                Phase = running with
                {
                    Readiness = readiness,
                    NextProbe = now + ReadinessRule.Delay(readiness, check),
                    Liveness = isFirstTime ? LivenessRule.Begin(running.Spec, readiness, now) : running.Liveness,
                },
            },
            isFirstTime ? [new RememberReady()] : []
        );
    }

    /// <summary>Something is due.</summary>
    private static InstanceStep Wake(TrackedInstance instance, TimeSpan now) =>
        instance.Phase switch
        {
            Running { Readiness: Readiness.Unproven unproven } running when StartupEndOf(running) <= now =>
                InstanceEnding.Fail(
                    instance,
                    running.Spec,
                    running.Address,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"not ready within {running.Spec.Health?.StartupMilliseconds} ms: {unproven.Reason}"
                    ),
                    StopPace.Failed(running.Spec),
                    now
                ),
            Running { Spec.Health: { } check, NextProbe: var probe } running when probe <= now => new InstanceStep(
                instance with
                {
                    Phase = running with { NextProbe = null },
                },
                [new Probe(running.Address, check, instance.Attempt)]
            ),
            Running running => LivenessRule.Ask(instance, running),
            // Something else may have taken the port, or it never could be listened on: try another.
            Backoff backoff => BeginStart(
                instance with
                {
                    Restarts = instance.Restarts + 1,
                },
                instance.Desired ?? backoff.Spec, // Of the same generation; its secrets may be newer.
                mayKeepPort: instance.Failures <= 1
            ),
            Stopping { Exit: not null } stopping => new InstanceStep(
                instance with
                {
                    Phase = stopping with { RetryAt = null },
                },
                [new Stop(StopPace.AtOnce, KeepsRecord: true)]
            ),
            Stopping stopping => InstanceEnding.BeginStop(
                instance,
                stopping.Spec,
                stopping.Address,
                stopping.Reason,
                stopping.HasFailed,
                StopPace.AtOnce
            ),
            _ => new InstanceStep(instance, []),
        };

    /// <summary>Only the generation says that it must be replaced.</summary>
    public static bool IsWanted(TrackedInstance instance, AssignedInstance spec) =>
        instance.Desired?.Generation == spec.Generation;

    private static int? GenerationOf(TrackedInstance instance) =>
        instance.Phase switch
        {
            Starting(var spec) => spec.Generation,
            Running { Spec: var spec } => spec.Generation,
            Stopping { Spec: var spec } => spec.Generation,
            Backoff(var spec, _, _) => spec.Generation,
            InstancePhase.Exited(var spec, _, _) => spec.Generation,
            _ => instance.Desired?.Generation,
        };

    /// <summary>When one that is not ready is given up; null if that is not to happen.</summary>
    private static TimeSpan? StartupEndOf(Running running) =>
        running is { Readiness: Readiness.Unproven, Spec: { Health: { } check, Restart: RestartPolicy.Always } }
            ? running.Since + Milliseconds(check.StartupMilliseconds)
            : null;

    private static TimeSpan? Earliest(TimeSpan? left, TimeSpan? right) => !(left > right) ? left ?? right : right;

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}

internal sealed record InstanceStep(TrackedInstance Instance, IReadOnlyList<InstanceEffect> Effects);
