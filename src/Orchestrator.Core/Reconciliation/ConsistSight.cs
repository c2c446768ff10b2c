using System.Collections.Immutable;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>In which order a train's cars go at its stage, for people.</summary>
/// <param name="Waves">Cars of one go at the same time, each wave after the one before it.</param>
public sealed record ConsistSight(StageName Stage, ImmutableArray<ImmutableArray<ServiceName>> Waves)
{
    /// <summary>
    /// At the stage that it is at or comes to first. Null for a train with one car, for one that has ended, and where all of
    /// it runs already or no order is possible, of which the train itself says why.
    /// </summary>
    public static ConsistSight? Of(Cell cell, Train train)
    {
        var cars = train.EndedAt is null ? ReleaseNotesSight.CarsOf(cell, train).ToList() : [];
        if (cars.Count < 2 || ReleaseNotesSight.StageOf(cell, train) is not { } stage)
        {
            return null;
        }

        var changes = cars.Select(car => new CarChange(ReleaseNotesSight.Before(cell, train, stage, car), car));
        return ConsistOrder.Of([.. changes]) is ConsistOrder.Waves { Services: { IsEmpty: false } waves }
            ? new ConsistSight(stage, waves)
            : null;
    }

    /// <summary>Such as <c>stock and mail, then cart</c>.</summary>
    public override string ToString() => string.Join(", then ", Waves.Select(wave => string.Join(" and ", wave)));
}
