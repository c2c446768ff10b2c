namespace Orchestrator.Contracts.Http;

/// <summary>Where one more instance would go, and why not elsewhere. The counts of the refusals and the fitting hosts sum to the number of hosts.</summary>
public sealed record ExplainView
{
    public required string Service { get; init; }

    public required string Stage { get; init; }

    /// <summary>The newest that is wanted there.</summary>
    public required string Version { get; init; }

    public required int Hosts { get; init; }

    /// <summary>How many hosts have room and are allowed.</summary>
    public required int Fitting { get; init; }

    /// <summary>Hosts by the first reason against them.</summary>
    public required IReadOnlyDictionary<string, int> Refusals { get; init; }

    /// <summary>Null when no host fits.</summary>
    public required HostScoreView? Chosen { get; init; }

    /// <summary>Null when fewer than two fit.</summary>
    public required HostScoreView? RunnerUp { get; init; }

    /// <summary>Every host, best first, with its score or the reasons against it.</summary>
    public required IReadOnlyList<HostExplainView> PerHost { get; init; }

    /// <summary>Such as <c>host h3 lacks 256 MiB</c>; empty when a host fits.</summary>
    public required string NearestMiss { get; init; }

    /// <summary>Why instances are missing, as of the last decision; empty when none is.</summary>
    public string Missing { get; init; } = "";

    /// <summary>Who of lower priority would have to leave for one more, or why nobody may; empty when a host fits.</summary>
    public string Preemption { get; init; } = "";

    /// <summary>What the owner's quota limits, and what is taken of it; empty without a quota.</summary>
    public string Quota { get; init; } = "";
}

public sealed record HostExplainView(string Host, int Score, IReadOnlyList<string> Reasons);

/// <summary>The parts' points times their weights sum to the points; divided by the weight, rounded down, they are the score, 1000 at most.</summary>
/// <param name="Score">0 to 1000.</param>
public sealed record HostScoreView(string Host, int Score, int Points, int Weight, IReadOnlyList<ScorePartView> Parts);

/// <param name="Points">0 to <paramref name="Most"/>.</param>
public sealed record ScorePartView(string Name, int Points, int Most, int Weight);

/// <summary>One host by name.</summary>
public sealed record HostAnswerView
{
    public required string Service { get; init; }

    public required string Stage { get; init; }

    public required string Host { get; init; }

    /// <summary>Null when it is refused.</summary>
    public required HostScoreView? Score { get; init; }

    /// <summary>Every reason against it; empty when it fits.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }
}

/// <summary>Why an instance is where it is, and how its host looks now.</summary>
public sealed record InstanceExplainView
{
    public required InstanceView Instance { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    /// <summary>What the journal says of its placement; empty when it no longer does.</summary>
    public required string Decision { get; init; }

    /// <summary>Its host's score for it today; null when it would be refused today.</summary>
    public required HostScoreView? Now { get; init; }

    /// <summary>Every reason against its host today; empty when it would fit.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Where it would go today; null when nowhere.</summary>
    public required HostScoreView? Best { get; init; }
}
