using System.Collections.Immutable;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What a train has before it, if judge and people agree at once and nothing goes wrong.</summary>
/// <param name="Cars">Empty if nobody would board it now.</param>
/// <param name="Lacking">Why it would not leave with them; empty if it would.</param>
/// <param name="ArrivesAt">Null if it is not known when a window opens, or traffic is too little to judge by.</param>
/// <param name="Notes">What is assumed, as sentences.</param>
public sealed record TrainForecast(
    TrainId Train,
    ImmutableArray<CarForecast> Cars,
    string Lacking,
    DateTimeOffset DepartsAt,
    DateTimeOffset? ArrivesAt,
    ImmutableArray<StageForecast> Stages,
    ImmutableArray<string> Notes
);

public sealed record CarForecast(ServiceName Service, SemanticVersion Version);

/// <param name="BeginsAt">Null once it has begun, or if that is not known.</param>
/// <param name="EndsAt">With its soak; null if that is not known.</param>
/// <param name="Gates">What must let it through, who may, and what stands in the way now.</param>
public sealed record StageForecast(
    StageName Stage,
    DateTimeOffset? BeginsAt,
    DateTimeOffset? EndsAt,
    ImmutableArray<StepForecast> Steps,
    TimeSpan Soak,
    ImmutableArray<string> Gates
);

/// <param name="Expected">Null if there is no traffic to judge by.</param>
/// <param name="Why">What takes that long.</param>
public sealed record StepForecast(
    ServiceName Service,
    string Name,
    int Instances,
    decimal WeightPercent,
    TimeSpan? Expected,
    string Why
);
