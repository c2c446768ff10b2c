using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Instances;

/// <summary>What can happen to an instance.</summary>
internal abstract record InstanceEvent
{
    private InstanceEvent() { }

    /// <param name="Desired">Null: no longer assigned.</param>
    internal sealed record Assigned(AssignedInstance? Desired) : InstanceEvent;

    internal sealed record Started(int Attempt, string Address) : InstanceEvent;

    internal sealed record StartFailed(int Attempt, string Reason, DateTimeOffset At) : InstanceEvent;

    internal sealed record Exited(int Attempt, string Reason, InstanceExit Exit) : InstanceEvent;

    /// <param name="Failure">Null when it is healthy.</param>
    internal sealed record Probed(int Attempt, string? Failure) : InstanceEvent;

    /// <param name="Failure">Null when it is alive.</param>
    internal sealed record Lived(int Attempt, string? Failure) : InstanceEvent;

    internal sealed record Stopped : InstanceEvent;

    internal sealed record StopFailed(string Reason) : InstanceEvent;

    /// <summary>Time has passed.</summary>
    internal sealed record Tick : InstanceEvent;
}

/// <summary>What the agent does next. Each that takes time ends in an event.</summary>
internal abstract record InstanceEffect
{
    private InstanceEffect() { }

    /// <summary>Take away what is left of earlier ones, fetch the image, start. Ends in Started or StartFailed.</summary>
    internal sealed record Start(AssignedInstance Spec, int Attempt, int Restarts, bool MayKeepPort) : InstanceEffect;

    /// <summary>The start that is under way is no longer wanted; it still ends in its event, but sooner.</summary>
    internal sealed record CancelStart : InstanceEffect;

    /// <summary>Report its end. Ends in Exited.</summary>
    internal sealed record Watch(int Attempt) : InstanceEffect;

    /// <summary>Ends in Probed.</summary>
    internal sealed record Probe(string Address, AssignedHealthCheck Check, int Attempt) : InstanceEffect;

    /// <summary>Ask whether it is alive. Ends in Lived.</summary>
    internal sealed record ProbeLife(string Address, AssignedHealthCheck Check, int Attempt) : InstanceEffect;

    /// <summary>Stop it and take it away. Ends in Stopped or StopFailed.</summary>
    /// <param name="KeepsRecord">What is on disk about how it ended stays.</param>
    internal sealed record Stop(StopPace Pace, bool KeepsRecord) : InstanceEffect;

    /// <summary>Write down how it ended, so that it is reported and not started again whatever happens to the agent.</summary>
    internal sealed record RememberExit(AssignedInstance Spec, InstanceExit Exit, string Reason) : InstanceEffect;

    /// <summary>Write down that it was ready, so that an agent that takes it over does not doubt it.</summary>
    internal sealed record RememberReady : InstanceEffect;
}
