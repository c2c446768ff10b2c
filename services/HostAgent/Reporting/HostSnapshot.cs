using System.Text.Json;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;

namespace Orchestrator.HostAgent.Reporting;

/// <summary>What there is to report at one moment.</summary>
internal sealed record HostSnapshot(long Epoch, long Revision, string Digest, IReadOnlyList<InstanceStatus> Instances)
{
    public static readonly HostSnapshot Empty = Of(epoch: 0, revision: 0, []);

    public static HostSnapshot Of(long epoch, long revision, IEnumerable<TrackedInstance> instances)
    {
        IReadOnlyList<InstanceStatus> statuses =
        [
            .. instances.OrderBy(instance => instance.InstanceId, StringComparer.Ordinal).Select(StatusOf),
        ];
        var content = JsonSerializer.SerializeToUtf8Bytes(statuses, AgentJson.Default.IReadOnlyListInstanceStatus);
        return new HostSnapshot(epoch, revision, Sha256Digest.Of(content).Hex, statuses);
    }

    public bool IsSame(HostSnapshot other) =>
        Epoch == other.Epoch
        && Revision == other.Revision
        && string.Equals(Digest, other.Digest, StringComparison.Ordinal);

    private static InstanceStatus StatusOf(TrackedInstance instance)
    {
        var (spec, state, address, reason) = Describe(instance);
        return new InstanceStatus
        {
            InstanceId = instance.InstanceId,
            Generation = spec?.Generation ?? 0,
            State = state,
            Address = address,
            Restarts = instance.Restarts,
            Reason = reason,
            Exit = instance.Phase is InstancePhase.Exited exited ? exited.Exit : null,
        };
    }

    private static (AssignedInstance? Spec, InstanceState State, string Address, string Reason) Describe(
        TrackedInstance instance
    ) =>
        instance.Phase switch
        {
            InstancePhase.Starting(var spec) => (spec, InstanceState.Starting, "", "starting"),
            InstancePhase.Running running => (
                running.Spec,
                StateOf(running.Readiness),
                running.Address,
                ReasonOf(running.Readiness)
            ),
            // It is taken away only to begin again: for everybody else it waits to be restarted.
            InstancePhase.Stopping { Exit: null, Spec: var spec, Reason: var reason }
                when instance.Desired?.Generation == spec.Generation => (spec, InstanceState.Backoff, "", reason),
            InstancePhase.Stopping(var spec, var address, var reason, _, _) => (
                spec,
                InstanceState.Stopping,
                address,
                reason
            ),
            InstancePhase.Exited(var spec, _, var reason) => (spec, InstanceState.Exited, "", reason),
            InstancePhase.Backoff(var spec, _, var reason) => (spec, InstanceState.Backoff, "", reason),
            _ => (instance.Desired, InstanceState.Starting, "", ""),
        };

    private static InstanceState StateOf(Readiness readiness) =>
        readiness switch
        {
            Readiness.Ready => InstanceState.Ready,
            Readiness.Unhealthy => InstanceState.NotReady,
            _ => InstanceState.Starting,
        };

    private static string ReasonOf(Readiness readiness) =>
        readiness switch
        {
            Readiness.Unhealthy(var reason) => reason,
            Readiness.Unproven(_, var reason) => reason,
            _ => "",
        };
}
