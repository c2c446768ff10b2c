namespace Orchestrator.Core.Fleet;

/// <summary>One placed copy of a version on a host. Its demand counts against the host until it is gone.</summary>
public sealed record Instance
{
    public required InstanceId Id { get; init; }

    public required ServiceName Service { get; init; }

    public required StageName Stage { get; init; }

    public required SemanticVersion Version { get; init; }

    public required HostId Host { get; init; }

    /// <summary>From 1; a command takes effect at most once per generation.</summary>
    public required int Generation { get; init; }

    /// <summary>What it holds: all that its version asks for, and the devices that it got, by index.</summary>
    public required Resources Demand { get; init; }

    public required InstancePhase Phase { get; init; }

    public required Observation Observed { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    /// <summary>Meant to serve, and its agent says that it can.</summary>
    public bool IsReady => Phase is InstancePhase.Active && Observed.State == ObservedState.Ready;

    /// <summary>What it is while its host is lost. Follows from the host, so the store need not be told of each.</summary>
    public Instance OnHostLost(DateTimeOffset since) =>
        Phase is InstancePhase.Active or InstancePhase.Draining
            ? this with
            {
                Phase = new InstancePhase.Lost(since),
                Observed = Observation.None,
            }
            : this;
}

/// <summary>What we want of an instance.</summary>
public abstract record InstancePhase
{
    private InstancePhase() { }

    /// <summary>It shall run.</summary>
    public sealed record Active : InstancePhase;

    /// <summary>It left the route table at a revision and runs on until its requests have ended, or until the deadline.</summary>
    public sealed record Draining(long RouteRevision, DateTimeOffset Deadline) : InstancePhase;

    /// <summary>It left its host's assignment; it is forgotten once the host no longer reports it.</summary>
    public sealed record Stopping(DateTimeOffset Since) : InstancePhase;

    /// <summary>Its host is lost; others take its place. Should the host come back it is stopped, or taken back if it is missed.</summary>
    public sealed record Lost(DateTimeOffset Since) : InstancePhase;
}

/// <summary>What the agent last said about it.</summary>
/// <param name="Address"><c>address:port</c>, or empty.</param>
public sealed record Observation(ObservedState State, string Address, int Restarts, string Reason)
{
    public static readonly Observation None = new(ObservedState.Unknown, Address: "", Restarts: 0, Reason: "");

    /// <summary>By our clock, since when it has been ready without a restart; null while it is not, or where nobody saw it begin.</summary>
    public DateTimeOffset? ReadySince { get; init; }

    /// <summary>The same with its time, as it follows on what was said before.</summary>
    public Observation After(Observation before, DateTimeOffset now)
    {
        var hasStayedReady = before.State == ObservedState.Ready && before.Restarts == Restarts;
        DateTimeOffset? since = hasStayedReady ? before.ReadySince : now;
        return this with { ReadySince = State == ObservedState.Ready ? since : null };
    }
}

public enum ObservedState
{
    /// <summary>Not reported yet.</summary>
    Unknown,
    Starting,
    Ready,
    NotReady,
    Backoff,
    Stopping,

    /// <summary>It ended and is never restarted.</summary>
    Exited,
}

/// <summary>How an instance ended that is never restarted.</summary>
/// <param name="Code">0 to 255, or -1 when it did not start or nobody saw its end.</param>
/// <param name="At">By the host's clock.</param>
public sealed record InstanceExit(int Code, DateTimeOffset At);
