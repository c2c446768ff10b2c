using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Instances;

/// <summary>Where one instance stands on this host. Times are since the agent's start, so that no clock change matters.</summary>
internal abstract record InstancePhase
{
    private InstancePhase() { }

    /// <summary>Nothing of it exists here.</summary>
    internal sealed record Idle : InstancePhase;

    /// <summary>Its image is fetched and it is started.</summary>
    internal sealed record Starting(AssignedInstance Spec) : InstancePhase;

    internal sealed record Running(
        AssignedInstance Spec,
        string Address,
        Readiness Readiness,
        TimeSpan Since,
        TimeSpan? NextProbe
    ) : InstancePhase
    {
        public Liveness Liveness { get; init; } = Liveness.NotAsked;
    }

    /// <summary>It is stopped and taken away. Then it is gone, or begins anew: after a failure not before a delay.</summary>
    /// <param name="RetryAt">Null while it is being done; else it failed and is tried again then.</param>
    internal sealed record Stopping(
        AssignedInstance Spec,
        string Address,
        string Reason,
        bool HasFailed,
        TimeSpan? RetryAt
    ) : InstancePhase
    {
        /// <summary>Of one that ended and is never restarted: it is taken away, and then only reported.</summary>
        public InstanceExit? Exit { get; init; }
    }

    /// <summary>It ended or did not start, and waits. What was left of it is taken away already, or by the next start.</summary>
    internal sealed record Backoff(AssignedInstance Spec, TimeSpan Until, string Reason) : InstancePhase;

    /// <summary>It ended, is never restarted, and is reported until it is no longer assigned.</summary>
    internal sealed record Exited(AssignedInstance Spec, InstanceExit Exit, string Reason) : InstancePhase;

    /// <summary>Neither assigned nor here: to be forgotten.</summary>
    internal sealed record Gone : InstancePhase;
}

internal abstract record Readiness
{
    private Readiness() { }

    /// <summary>Not ready since its start.</summary>
    internal sealed record Unproven(int Probes, string Reason) : Readiness;

    internal sealed record Ready(TimeSpan Since, int FailedProbes) : Readiness;

    /// <summary>It was ready and then failed too many checks in a row.</summary>
    internal sealed record Unhealthy(string Reason) : Readiness;
}

/// <summary>Whether it is asked if it is alive, which begins when it is ready for the first time.</summary>
/// <param name="NextProbe">Null while it is asked, and if it is not to be asked.</param>
/// <param name="Failures">In a row.</param>
internal sealed record Liveness(TimeSpan? NextProbe, int Failures)
{
    public static readonly Liveness NotAsked = new(NextProbe: null, Failures: 0);
}

/// <summary>One instance: what is wanted, where it stands, and how it fared.</summary>
internal sealed record TrackedInstance
{
    public required string InstanceId { get; init; }

    /// <summary>Null: no longer assigned.</summary>
    public required AssignedInstance? Desired { get; init; }

    public required InstancePhase Phase { get; init; }

    /// <summary>Counts starts by this agent, so that news of an earlier one is recognised.</summary>
    public required int Attempt { get; init; }

    /// <summary>Since this generation began.</summary>
    public required int Restarts { get; init; }

    /// <summary>In a row.</summary>
    public required int Failures { get; init; }

    public static TrackedInstance New(string instanceId) =>
        new()
        {
            InstanceId = instanceId,
            Desired = null,
            Phase = new InstancePhase.Idle(),
            Attempt = 0,
            Restarts = 0,
            Failures = 0,
        };
}
