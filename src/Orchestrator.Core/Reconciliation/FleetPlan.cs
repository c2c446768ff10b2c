using System.Collections.Immutable;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What a change would come to.</summary>
public abstract record PlanOutcome
{
    private PlanOutcome() { }

    public sealed record Planned(FleetPlan Plan) : PlanOutcome;

    /// <summary>The change itself would be refused.</summary>
    public sealed record Refused(CellAnswer.Refused Answer) : PlanOutcome;
}

/// <summary>The fleet once a change is through and everything has started and stopped, against the fleet without it.</summary>
public sealed record FleetPlan
{
    /// <summary>Objects that manifests would change; empty for other changes.</summary>
    public required ImmutableArray<ManifestChange> Objects { get; init; }

    /// <summary>Only those that the change reaches, by service and stage.</summary>
    public required ImmutableArray<DeploymentPlan> Deployments { get; init; }

    /// <summary>What the plan assumes or leaves out, as sentences.</summary>
    public required ImmutableArray<string> Notes { get; init; }

    /// <summary>False when the plan was cut off for its size: then it shows how far the fleet had come.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Whether a train would stay where it is for want of room for its surge; the notes say which.</summary>
    public required bool DoTrainsWait { get; init; }

    /// <summary>Whether every wanted instance finds a place.</summary>
    public bool IsPlaceable => IsComplete && !DoTrainsWait && Deployments.All(deployment => deployment.Unplaced == 0);
}

/// <summary>One service at one stage. Instances count once: what is placed and stopped again on the way is in neither list.</summary>
public sealed record DeploymentPlan
{
    public required ServiceName Service { get; init; }

    public required StageName Stage { get; init; }

    /// <summary>Null before the first version.</summary>
    public required SemanticVersion? From { get; init; }

    /// <summary>The same as <see cref="From"/> when the version stays.</summary>
    public required SemanticVersion? To { get; init; }

    public required int Before { get; init; }

    public required int After { get; init; }

    /// <summary>Where instances are that were not there before; most first.</summary>
    public required ImmutableArray<HostCount> Placed { get; init; }

    /// <summary>Where instances were that are no more; most first.</summary>
    public required ImmutableArray<HostCount> Stopped { get; init; }

    /// <summary>Wanted, and without a place; or on a host that drains, and with no place to go to.</summary>
    public required int Unplaced { get; init; }

    /// <summary>Why; empty when none is unplaced.</summary>
    public required string Reason { get; init; }

    /// <summary>At most so many instances exist on the way above both ends of it.</summary>
    public required int Surge { get; init; }

    /// <summary>The most room taken on the way above both ends of it.</summary>
    public required Resources SurgeRoom { get; init; }
}

public sealed record HostCount(HostId Host, int Count);
