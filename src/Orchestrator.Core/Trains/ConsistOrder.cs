using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Trains;

/// <summary>What one car changes at a stage.</summary>
/// <param name="From">Null where none of the service runs; the same as <paramref name="To"/> where that runs already.</param>
public sealed record CarChange(ServiceVersion? From, ServiceVersion To)
{
    public ServiceName Service => To.Service;

    public bool IsDone => From?.Number == To.Number;
}

/// <summary>In which order the cars of a train can be exchanged at a stage, so that what runs together always suits.</summary>
public abstract record ConsistOrder
{
    private ConsistOrder() { }

    /// <summary>
    /// Finds the order. While a car is exchanged both of its versions run, and both must suit everybody: a car goes as soon as
    /// what it needs of the others is there, and all who need it suit its new version. That a car has been exchanged never
    /// makes another wait that did not, if all new versions suit each other; so going as soon as possible finds an order if
    /// there is one. Takes time in proportion to the dependencies.
    /// </summary>
    public static ConsistOrder Of(IReadOnlyList<CarChange> changes)
    {
        var cars = changes.ToDictionary(change => change.Service);
        if (changes.SelectMany(change => Misfits(change, cars)).FirstOrDefault() is { } misfit)
        {
            return new Stuck(misfit);
        }

        var running = cars.Values.ToDictionary(change => change.Service, change => change.From);
        var dependents = Dependents(changes);
        var waiting = changes.Where(change => !change.IsDone).Select(change => change.Service).ToHashSet();
        var waves = ImmutableArray.CreateBuilder<ImmutableArray<ServiceName>>();
        for (IEnumerable<ServiceName> candidates = waiting; waiting.Count > 0; )
        {
            var wave = candidates
                .Where(service => !Obstacles(cars[service], running, dependents).Any())
                .Order()
                .ToImmutableArray();
            if (wave.IsEmpty)
            {
                return new Stuck(ShortestCircle(waiting.Select(service => cars[service]), running, dependents));
            }

            waves.Add(wave);
            waiting.ExceptWith(wave);
            foreach (var service in wave)
            {
                running[service] = cars[service].To;
            }

            // Nobody else's obstacles have changed.
            candidates = wave.SelectMany(service => Released(cars[service], dependents))
                .Where(waiting.Contains)
                .ToHashSet();
        }

        return new Waves(waves.ToImmutable());
    }

    /// <summary>Who may have waited for this one to be exchanged: who needs its new version, and who did not suit its old one.</summary>
    private static IEnumerable<ServiceName> Released(CarChange change, ILookup<ServiceName, ServiceName> dependents) =>
        dependents[change.Service].Concat(change.From?.Dependencies.Select(need => need.Service) ?? []);

    /// <summary>What a new version needs of another's new version, and does not get.</summary>
    private static IEnumerable<string> Misfits(CarChange change, Dictionary<ServiceName, CarChange> cars) =>
        from need in change.To.Dependencies
        where cars.TryGetValue(need.Service, out var other) && !need.Range.Contains(other.To.Number)
        select $"{change.Service} {change.To.Number} needs {need.Service} {need.Range.Text}, and {cars[need.Service].To.Number} travels with it";

    /// <summary>Why a car cannot be exchanged yet, and for whom it waits.</summary>
    private static IEnumerable<Obstacle> Obstacles(
        CarChange change,
        Dictionary<ServiceName, ServiceVersion?> running,
        ILookup<ServiceName, ServiceName> dependents
    )
    {
        foreach (var need in change.To.Dependencies)
        {
            if (
                running.TryGetValue(need.Service, out var there)
                && (there is null || !need.Range.Contains(there.Number))
            )
            {
                var what = there is null ? "none runs" : $"{there.Number} runs";
                yield return new Obstacle(
                    need.Service,
                    $"{change.Service} {change.To.Number} needs {need.Service} {need.Range.Text}, of which {what}"
                );
            }
        }

        foreach (var dependent in dependents[change.Service])
        {
            var needs = running[dependent]?.Dependencies.FirstOrDefault(need => need.Service == change.Service);
            if (needs is not null && !needs.Range.Contains(change.To.Number))
            {
                yield return new Obstacle(
                    dependent,
                    $"{dependent} {running[dependent]?.Number} runs and needs {change.Service} {needs.Range.Text}, which {change.To.Number} is not"
                );
            }
        }
    }

    /// <summary>By service, who needs it in its old version or its new one.</summary>
    private static ILookup<ServiceName, ServiceName> Dependents(IEnumerable<CarChange> changes) =>
        changes
            .SelectMany(change =>
                (change.From?.Dependencies ?? [])
                    .Concat(change.To.Dependencies)
                    .Select(need => need.Service)
                    .Distinct()
                    .Select(needed => (Needed: needed, change.Service))
            )
            .ToLookup(pair => pair.Needed, pair => pair.Service);

    /// <summary>The fewest cars that wait for each other in a circle, in words.</summary>
    private static string ShortestCircle(
        IEnumerable<CarChange> waiting,
        Dictionary<ServiceName, ServiceVersion?> running,
        ILookup<ServiceName, ServiceName> dependents
    )
    {
        var obstacles = waiting.ToDictionary(
            change => change.Service,
            change => Obstacles(change, running, dependents).ToList()
        );
        var shortest = obstacles
            .Keys.Order()
            .Select(start => Circle(start, obstacles))
            .Where(circle => circle.Count > 0)
            .MinBy(circle => circle.Count)!;
        return string.Join("; ", shortest);
    }

    /// <summary>The shortest way from a car back to itself; empty if none leads there.</summary>
    private static List<string> Circle(ServiceName start, Dictionary<ServiceName, List<Obstacle>> obstacles)
    {
        var cameBy = new Dictionary<ServiceName, (ServiceName From, string Why)>();
        var next = new Queue<ServiceName>([start]);
        while (next.TryDequeue(out var at))
        {
            foreach (var (waitsFor, why) in obstacles.GetValueOrDefault(at) ?? [])
            {
                if (!cameBy.TryAdd(waitsFor, (at, why)))
                {
                    continue;
                }

                if (waitsFor == start)
                {
                    return Way(start, cameBy);
                }

                next.Enqueue(waitsFor);
            }
        }

        return [];
    }

    private static List<string> Way(ServiceName start, Dictionary<ServiceName, (ServiceName From, string Why)> cameBy)
    {
        var way = new List<string>();
        var at = start;
        do
        {
            way.Add(cameBy[at].Why);
            at = cameBy[at].From;
        } while (at != start);

        way.Reverse();
        return way;
    }

    /// <summary>Cars of one wave may be exchanged at the same time, each wave after the one before it.</summary>
    public sealed record Waves(ImmutableArray<ImmutableArray<ServiceName>> Services) : ConsistOrder;

    /// <summary>There is no order.</summary>
    /// <param name="Conflict">The fewest that stand in each other's way, for people.</param>
    public sealed record Stuck(string Conflict) : ConsistOrder;

    private sealed record Obstacle(ServiceName WaitsFor, string Why);
}
