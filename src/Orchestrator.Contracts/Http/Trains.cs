namespace Orchestrator.Contracts.Http;

public sealed record LineView
{
    public required string Name { get; init; }

    public required string Service { get; init; }

    /// <summary>Services that travel on the same train.</summary>
    public IReadOnlyList<CoupledView> Coupled { get; init; } = [];

    public required string Cron { get; init; }

    public required string Zone { get; init; }

    public required string Channel { get; init; }

    public required IReadOnlyList<string> Route { get; init; }

    public required string NextTrain { get; init; }

    public required DateTimeOffset? NextDeparture { get; init; }
}

/// <param name="IsOptional">A train leaves without it when it has nothing new.</param>
public sealed record CoupledView(string Service, bool IsOptional);

/// <summary>One dated departure.</summary>
public sealed record TrainView
{
    /// <summary><c>line/number</c>.</summary>
    public required string Id { get; init; }

    public required string Line { get; init; }

    public required string Phase { get; init; }

    /// <summary>Why it is in this phase; empty when there is nothing to say.</summary>
    public required string Reason { get; init; }

    public required DateTimeOffset DepartsAt { get; init; }

    public required IReadOnlyList<CarView> Consist { get; init; }

    /// <summary>Who ordered a train off the timetable, what for and why; empty for one of the timetable.</summary>
    public string Order { get; init; } = "";

    /// <summary>The glass was broken for it, and nobody else has reviewed that yet.</summary>
    public bool NeedsReview { get; init; }

    /// <summary>Services and versions that would board if it were sealed now; empty if none would, or it is sealed.</summary>
    public string Boards { get; init; } = "";

    /// <summary>Empty until sealed.</summary>
    public required string ConsistHash { get; init; }

    public required IReadOnlyList<string> Rollouts { get; init; }

    /// <summary>In which order its cars go at its stage; null for a single car, and where there is nothing to say.</summary>
    public ConsistOrderView? Goes { get; init; }

    /// <summary>Room that it keeps for the surge of the stages it has not left.</summary>
    public IReadOnlyList<ReservedRoomView> Reserved { get; init; } = [];

    /// <summary>The command that leads on; empty when nothing is to be done.</summary>
    public required string Next { get; init; }
}

/// <param name="Waves">Services that go at the same time, each wave after the one before it.</param>
public sealed record ConsistOrderView(string Stage, IReadOnlyList<IReadOnlyList<string>> Waves);

/// <param name="Instances">How many more there is room for; beyond them it is for larger versions of those that run there.</param>
/// <param name="Room">Such as <c>500m, 512Mi</c>.</param>
public sealed record ReservedRoomView(string Stage, string Host, int Instances, string Room);

public sealed record CarView(string Service, string Version, string Digest);
