using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Says beforehand which stages and gates a train has before it, and how long that takes with the traffic there is.</summary>
public static class TrainForecaster
{
    public static TrainForecast Of(Cell cell, Train train, DateTimeOffset now)
    {
        var line = cell.Lines[train.Id.Line];
        var (cars, lacking) = train.Cars.IsEmpty
            ? BoardingSight.Of(cell, line, train)
            : BoardingSight.Aboard(train, cell.Versions.GetValueOrDefault);
        var route = train.Route.IsEmpty ? line.Route : train.Route;
        var ahead = train.Phase is TrainPhase.Departed departed ? route.Skip(departed.StageIndex) : route;
        DateTimeOffset? clock = train.DepartsAt > now ? train.DepartsAt : now;
        var stages = ImmutableArray.CreateBuilder<StageForecast>();
        // Who does not leave goes nowhere.
        foreach (var stage in Boarding.IsEnded(train) || cars.IsEmpty || lacking.Length > 0 ? [] : ahead)
        {
            var forecast = Of(cell, train, stage, cars, clock);
            stages.Add(forecast);
            clock = forecast.EndsAt;
        }

        return new TrainForecast(
            train.Id,
            [.. cars.Select(version => new CarForecast(version.Service, version.Number))],
            lacking,
            train.DepartsAt,
            stages.Count == 0 ? null : clock,
            stages.ToImmutable(),
            [
                "Judge, people and webhooks are taken to agree at once, and nothing to go wrong.",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"An instance is taken to be ready {StepForecaster.StartOfAnInstance.TotalSeconds} s after it is asked for."
                ),
            ]
        );
    }

    private static StageForecast Of(
        Cell cell,
        Train train,
        Stage stage,
        ImmutableArray<ServiceVersion> cars,
        DateTimeOffset? clock
    )
    {
        var hasBegun = cars.Any(car =>
            cell.Rollouts.TryGetValue(train.RolloutOf(stage.Name, car.Service), out var rollout)
            && !RolloutMachine.IsWaiting(rollout)
        );
        var begins = hasBegun ? clock : Opening(cell, stage.Name, cars, clock);
        var waves = Waves(cell, stage.Name, cars);
        var steps = waves
            .Select(wave =>
                wave.Select(car => StepForecaster.Of(cell, car.Service, stage, IsFirst(cell, car, stage)).ToList())
                    .ToList()
            )
            .ToList();
        var lasts = steps.Aggregate((TimeSpan?)stage.Soak, (sum, wave) => sum + Longest(wave));
        return new StageForecast(
            stage.Name,
            hasBegun ? null : begins,
            begins + lasts,
            [.. steps.SelectMany(wave => wave).SelectMany(car => car)],
            stage.Soak,
            [.. Gates(cell, stage, cars, clock)]
        );
    }

    /// <summary>When it is open for all of them at once; null if nobody knows.</summary>
    private static DateTimeOffset? Opening(
        Cell cell,
        StageName stage,
        ImmutableArray<ServiceVersion> cars,
        DateTimeOffset? clock
    )
    {
        // Each opening is later than the one before or the same, and the same once none is closed.
        var (opens, before) = (clock, (DateTimeOffset?)null);
        while (opens is not null && opens != before)
        {
            before = opens;
            opens = cars.Aggregate(
                opens,
                (at, car) =>
                    at is { } moment
                        ? WindowCalendar.NextOpening([.. cell.Windows.Values], car.Service, stage, moment)
                        : null
            );
        }

        return opens;
    }

    /// <summary>Who goes at the same time, as far as that can be said now.</summary>
    private static IEnumerable<IEnumerable<ServiceVersion>> Waves(
        Cell cell,
        StageName stage,
        ImmutableArray<ServiceVersion> cars
    )
    {
        var changes = cars.Select(car => new CarChange(CurrentOf(cell, car.Service, stage), car));
        return ConsistOrder.Of([.. changes]) is ConsistOrder.Waves(var waves)
            ? waves.Select(wave => wave.Select(service => cars.First(car => car.Service == service)))
            : [cars];
    }

    /// <summary>Of those that go at the same time; null if nobody knows of one of them.</summary>
    private static TimeSpan? Longest(List<List<StepForecast>> wave)
    {
        var lasts = wave.ConvertAll(car => car.Aggregate((TimeSpan?)TimeSpan.Zero, (sum, step) => sum + step.Expected));
        return lasts.Contains(null) ? null : lasts.DefaultIfEmpty(TimeSpan.Zero).Max();
    }

    private static bool IsFirst(Cell cell, ServiceVersion car, Stage stage) =>
        CurrentOf(cell, car.Service, stage.Name) is null;

    private static ServiceVersion? CurrentOf(Cell cell, ServiceName service, StageName stage) =>
        cell.Deployments.GetValueOrDefault(new DeploymentKey(service, stage))?.Current is { } current
            ? cell.Versions[new VersionKey(service, current)]
            : null;

    private static IEnumerable<string> Gates(
        Cell cell,
        Stage stage,
        ImmutableArray<ServiceVersion> cars,
        DateTimeOffset? clock
    ) =>
        [
            .. clock is { } at
                ? cars.Select(car => WindowCalendar.At(cell.Windows.Values, car.Service, stage.Name, at)?.Text ?? "")
                    .Where(text => text.Length > 0)
                    .Distinct(StringComparer.Ordinal)
                : [],
            .. cars.SelectMany(car => Needs(cell, stage.Name, car, cars)),
            .. StageTurns.Limit(cell, stage) is { Length: > 0 } limit ? [limit] : Array.Empty<string>(),
            .. stage.Webhooks.Select(webhook => $"the webhook {webhook.Name}, before {TextOf(webhook.Before)}"),
            .. stage.Approval is { } gate ? [Approval(gate, stage.Name)] : Array.Empty<string>(),
            .. stage.Strategy.Steps.Length > 0 ? ["the judge, at each canary step"] : Array.Empty<string>(),
            .. stage
                .Strategy.Steps.Index()
                .Where(step => step.Item.IsManual)
                .Select(step =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"a person with role operator, after canary {step.Index + 1}"
                    )
                ),
        ];

    private static IEnumerable<string> Needs(
        Cell cell,
        StageName stage,
        ServiceVersion car,
        ImmutableArray<ServiceVersion> cars
    )
    {
        var whose = cars.Length > 1 ? $"{car.Service} " : "";
        foreach (var need in car.Dependencies)
        {
            if (cars.FirstOrDefault(other => other.Service == need.Service) is { } fellow)
            {
                yield return $"{whose}needs {need.Service} {need.Range.Text}: {fellow.Number} travels with it";
                continue;
            }

            var there = CurrentOf(cell, need.Service, stage)?.Number;
            var state = there is null ? "none runs there" : $"{there} runs there";
            var isMet = there is not null && need.Range.Contains(there);
            yield return $"{whose}needs {need.Service} {need.Range.Text}: {state}{(isMet ? "" : ", so it would wait")}";
        }
    }

    private static string Approval(ApprovalGate gate, StageName stage)
    {
        var who = gate.Groups.IsEmpty ? $"with role approver:{stage}" : $"of {string.Join(" or ", gate.Groups)}";
        var people =
            gate.Count == 1 ? "one person" : string.Create(CultureInfo.InvariantCulture, $"{gate.Count} people");
        return $"approval by {people} {who} before {TextOf(gate.Before)}";
    }

    private static string TextOf(ApprovalPoint point) =>
        point == ApprovalPoint.Stage ? "anything runs" : "the promotion";
}
