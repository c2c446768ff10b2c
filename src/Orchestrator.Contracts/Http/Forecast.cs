namespace Orchestrator.Contracts.Http;

/// <summary>What a train has before it, if judge and people agree at once and nothing goes wrong.</summary>
public sealed record TrainForecastView
{
    public required string Train { get; init; }

    /// <summary>Empty if nobody would board it now.</summary>
    public required IReadOnlyList<CarForecastView> Cars { get; init; }

    /// <summary>Why it would not leave with them; empty if it would.</summary>
    public string Lacking { get; init; } = "";

    public required DateTimeOffset DepartsAt { get; init; }

    /// <summary>Null if it is not known when a window opens, or traffic is too little to judge by.</summary>
    public required DateTimeOffset? ArrivesAt { get; init; }

    /// <summary>Those that it has not left, in order.</summary>
    public required IReadOnlyList<StageForecastView> Stages { get; init; }

    /// <summary>What is assumed, as sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

public sealed record CarForecastView(string Service, string Version);

public sealed record StageForecastView
{
    public required string Stage { get; init; }

    /// <summary>Null once it has begun, or if that is not known.</summary>
    public required DateTimeOffset? BeginsAt { get; init; }

    /// <summary>With its soak; null if that is not known.</summary>
    public required DateTimeOffset? EndsAt { get; init; }

    public required IReadOnlyList<StepForecastView> Steps { get; init; }

    public required double SoakSeconds { get; init; }

    /// <summary>What must let it through, who may, and what stands in the way now.</summary>
    public required IReadOnlyList<string> Gates { get; init; }
}

/// <param name="ExpectedSeconds">Null if there is no traffic to judge by.</param>
/// <param name="Why">What takes that long.</param>
public sealed record StepForecastView(
    string Service,
    string Name,
    int Instances,
    decimal WeightPercent,
    double? ExpectedSeconds,
    string Why
);
