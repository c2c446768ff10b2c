using Orchestrator.Contracts.Bus;
using static Orchestrator.HostAgent.Instances.InstanceEffect;
using static Orchestrator.HostAgent.Instances.InstancePhase;

namespace Orchestrator.HostAgent.Instances;

/// <summary>Takes over what an earlier agent left.</summary>
internal static class InstanceAdoption
{
    /// <summary>
    /// Where an instance stands that this host had before the agent started: still running, or something of it is left.
    /// </summary>
    public static InstanceStep Adopt(TrackedInstance instance, Adoptable found, TimeSpan now)
    {
        var adopted = instance with { Restarts = found.IsRunning ? found.Restarts : found.Restarts + 1 };
        if (!found.IsRunning && found.Exit is { } exit && found.Spec.Restart == RestartPolicy.Never)
        {
            return InstanceEnding.Retire(
                instance with
                {
                    Restarts = found.Restarts,
                },
                found.Spec,
                found.Address,
                found.Reason,
                exit
            );
        }

        if (!found.IsRunning)
        {
            // Whether it failed or the power was cut nobody knows; it begins anew at once either way.
            return InstanceEnding.BeginStop(
                adopted,
                found.Spec,
                found.Address,
                found.Reason,
                hasFailed: false,
                StopPace.AtOnce
            );
        }

        Readiness readiness =
            found.WasReady || found.Spec.Health is null
                ? new Readiness.Ready(now, FailedProbes: 0)
                : new Readiness.Unproven(Probes: 0, "taken over by a new agent");
        TimeSpan? nextProbe = found.Spec.Health is null ? null : now;
        var running = adopted with
        {
            Phase = new Running(found.Spec, found.Address, readiness, now, nextProbe)
            {
                Liveness = LivenessRule.Begin(found.Spec, readiness, now),
            },
            Attempt = adopted.Attempt + 1,
        };
        var step = InstanceMachine.Settle(running);
        return step with { Effects = [new Watch(running.Attempt), .. step.Effects] };
    }
}

/// <summary>What a starting agent finds of an instance.</summary>
internal sealed record Adoptable
{
    public required AssignedInstance Spec { get; init; }

    public required string Address { get; init; }

    public required bool IsRunning { get; init; }

    /// <summary>How it ended, if it did.</summary>
    public required string Reason { get; init; }

    /// <summary>Null while it runs, and for one that never came to run.</summary>
    public required InstanceExit? Exit { get; init; }

    public required bool WasReady { get; init; }

    public required int Restarts { get; init; }
}
