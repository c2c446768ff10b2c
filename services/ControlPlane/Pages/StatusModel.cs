using Orchestrator.Contracts.Http;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>What the status page shows, the same for everybody. Components are public, and so is what they are given.</summary>
public sealed record StatusModel
{
    public required Rows<Need> Needs { get; init; }

    public required Matrix Deployments { get; init; }

    public required Rows<LineRow> Lines { get; init; }

    public required Rows<RolloutView> Rollouts { get; init; }

    public required Rows<HostView> Hosts { get; init; }
}

/// <summary>The rows that are shown, and how many more there are.</summary>
public sealed record Rows<T>(IReadOnlyList<T> Shown, int More)
{
    public int Count => Shown.Count + More;
}

/// <summary>How a state is to be felt; its word says what it is.</summary>
public enum Tone
{
    /// <summary>Nothing happens, and nothing needs to.</summary>
    Idle,
    Good,
    Busy,

    /// <summary>Goes on only when somebody or something else does.</summary>
    Waiting,
    Bad,
}

public sealed record State(Tone Tone, string Word);

/// <summary>Something that does not go on without a person.</summary>
/// <param name="Subject">The id of what waits.</param>
/// <param name="What">Such as <c>checkout 1.0.0 → 1.1.0 at prod</c>.</param>
public sealed record Need(string Subject, State State, string What, string Why, string Command);

/// <summary>Service by stage. Every row has a cell for every stage; null where the service does not go.</summary>
public sealed record Matrix(IReadOnlyList<string> Stages, Rows<MatrixRow> Services);

public sealed record MatrixRow(string Service, string Team, IReadOnlyList<MatrixCell?> Cells);

/// <param name="Note">What else there is to say; may be empty.</param>
public sealed record MatrixCell(State State, IReadOnlyList<VersionShareView> Versions, string Note);

/// <summary>A line and its trains around now.</summary>
public sealed record LineRow
{
    public required string Line { get; init; }

    public required string Timetable { get; init; }

    /// <summary>Empty when no train is planned.</summary>
    public required string NextTrain { get; init; }

    public required DateTimeOffset? NextDeparture { get; init; }

    /// <summary>The version that boards or boarded the next train; empty while nothing does.</summary>
    public required string Boards { get; init; }

    /// <summary>Of the next train, as far as it is known.</summary>
    public required BroughtByTrain Brings { get; init; }

    /// <summary>Null when no train is under way.</summary>
    public required EnRoute? EnRoute { get; init; }

    /// <summary>Null before the first train has ended.</summary>
    public required Outcome? Last { get; init; }
}

/// <param name="At">The stage, and what happens there.</param>
public sealed record EnRoute(string Train, string Versions, string At, BroughtByTrain Brings);

/// <param name="More">Cars that are left out.</param>
public sealed record BroughtByTrain(IReadOnlyList<BroughtByCar> Cars, int More)
{
    public static readonly BroughtByTrain Nothing = new([], More: 0);

    /// <summary>Such as <c>at prod: stock, then cart</c>; empty for a single car.</summary>
    public string Order { get; init; } = "";
}

/// <param name="Text">Such as <c>1.0.0 → 1.1.0</c>.</param>
/// <param name="Commits">Such as <c>9f86d081..2c26b46b</c>, or why they are not known.</param>
/// <param name="Url">Where to look at them; empty where that is not known.</param>
public sealed record BroughtByCar(string Service, string Text, string Commits, string Url);

public sealed record Outcome(string Train, string Versions, State State, string Reason, DateTimeOffset? EndedAt);
