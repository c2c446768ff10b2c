using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Says beforehand which stages and gates a train has before it, and how long that takes with the traffic there is.</summary>
public static class TrainForecaster
{
    /// <summary>From asking for an instance to its being ready: what nobody knows beforehand is assumed, and said.</summary>
    private static readonly TimeSpan StartOfAnInstance = TimeSpan.FromSeconds(10);

    /// <summary>No policy needs more requests than that.</summary>
    private const long MostRequests = 1L << 40;

    public static TrainForecast Of(Cell cell, Train train, DateTimeOffset now)
    {
        var line = cell.Lines[train.Id.Line];
        var version = train.Consist?.Cars[0].Version ?? TrainSight.Boards(cell, line, train)?.Number;
        var route = train.Route.IsEmpty ? line.Route : train.Route;
        var ahead = train.Phase is TrainPhase.Departed departed ? route.Skip(departed.StageIndex) : route;
        DateTimeOffset? clock = train.DepartsAt > now ? train.DepartsAt : now;
        var stages = ImmutableArray.CreateBuilder<StageForecast>();
        foreach (var stage in Boarding.IsEnded(train) ? [] : ahead)
        {
            if (version is null)
            {
                break; // Nobody goes anywhere.
            }

            var forecast = Of(cell, train, stage, version, clock);
            stages.Add(forecast);
            clock = forecast.EndsAt;
        }

        return new TrainForecast(
            train.Id,
            version,
            train.DepartsAt,
            stages.Count == 0 ? null : clock,
            stages.ToImmutable(),
            [
                "Judge, people and webhooks are taken to agree at once, and nothing to go wrong.",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"An instance is taken to be ready {StartOfAnInstance.TotalSeconds} s after it is asked for."
                ),
            ]
        );
    }

    private static StageForecast Of(Cell cell, Train train, Stage stage, SemanticVersion version, DateTimeOffset? clock)
    {
        var service = train.Id.Line;
        var hasBegun =
            cell.Rollouts.TryGetValue(RolloutId.Of(train.Id, stage.Name), out var rollout)
            && !RolloutMachine.IsWaiting(rollout);
        var current = cell.Deployments.GetValueOrDefault(new DeploymentKey(service, stage.Name))?.Current;
        var begins =
            hasBegun || clock is not { } at
                ? clock
                : WindowCalendar.NextOpening([.. cell.Windows.Values], service, stage.Name, at);
        var steps = Steps(cell, service, stage, isFirst: current is null).ToImmutableArray();
        var lasts = steps.All(step => step.Expected is not null)
            ? steps.Aggregate(stage.Soak, (sum, step) => sum + step.Expected.GetValueOrDefault())
            : (TimeSpan?)null;
        return new StageForecast(
            stage.Name,
            hasBegun ? null : begins,
            begins + lasts,
            steps,
            stage.Soak,
            [.. Gates(cell, train, stage, version, clock)]
        );
    }

    private static IEnumerable<StepForecast> Steps(Cell cell, ServiceName service, Stage stage, bool isFirst)
    {
        var rate = RequestsPerSecond(cell, service, stage.Name);
        var needed = RequestsToPass(stage.Judge);
        foreach (var (index, step) in isFirst ? [] : stage.Strategy.Steps.Index())
        {
            var requests = Math.Max(step.MinimumRequests, needed);
            var canary = rate * step.WeightPercent / 100;
            var name = string.Create(CultureInfo.InvariantCulture, $"canary {index + 1}");
            if (canary is not > 0)
            {
                var lack = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{requests} requests; the traffic there is not known"
                );
                yield return new StepForecast(name, step.Instances, step.WeightPercent, Expected: null, lack);
                continue;
            }

            var gathering = TimeSpan.FromSeconds(requests / canary.Value);
            var why =
                gathering > step.Bake
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{requests} requests at {canary.Value:0.##} a second"
                    )
                    : "its bake time";
            var expected = StartOfAnInstance + (gathering > step.Bake ? gathering : step.Bake);
            yield return new StepForecast(name, step.Instances, step.WeightPercent, expected, why);
        }

        var atOnce = Math.Max(1, stage.Strategy.MaxSurge + stage.Strategy.MaxUnavailable);
        var turns = (Math.Max(1, stage.Count) + atOnce - 1) / atOnce;
        yield return new StepForecast(
            "promotion",
            stage.Count,
            WeightPercent: 100,
            StartOfAnInstance * turns,
            string.Create(CultureInfo.InvariantCulture, $"{stage.Count} instances, {atOnce} at once")
        );
    }

    private static IEnumerable<string> Gates(
        Cell cell,
        Train train,
        Stage stage,
        SemanticVersion version,
        DateTimeOffset? clock
    )
    {
        if (clock is { } at && WindowCalendar.At(cell.Windows.Values, train.Id.Line, stage.Name, at) is { } closure)
        {
            yield return closure.Text;
        }

        foreach (var need in cell.Versions[new VersionKey(train.Id.Line, version)].Dependencies)
        {
            var there = cell.Deployments.GetValueOrDefault(new DeploymentKey(need.Service, stage.Name))?.Current;
            var state = there is null ? "none runs there" : $"{there} runs there";
            var isMet = there is not null && need.Range.Contains(there);
            yield return $"needs {need.Service} {need.Range.Text}: {state}{(isMet ? "" : ", so it would wait")}";
        }

        foreach (var webhook in stage.Webhooks)
        {
            yield return $"the webhook {webhook.Name}, before {TextOf(webhook.Before)}";
        }

        if (stage.Approval is { } gate)
        {
            yield return Approval(gate, stage.Name);
        }

        if (stage.Strategy.Steps.Length > 0)
        {
            yield return "the judge, at each canary step";
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

    /// <summary>As the newest rollout there has seen it; null if none has.</summary>
    private static double? RequestsPerSecond(Cell cell, ServiceName service, StageName stage)
    {
        var newest = cell
            .Rollouts.Values.Where(each => each.Service == service && each.Stage.Name == stage)
            .Where(each => each.Evidence is { Judged.IsEmpty: false })
            .MaxBy(each => each.PlannedAt);
        var samples = newest?.Evidence!.Judged.Select(judged => judged.Sample).OfType<MetricSample.Counted>().ToList();
        var seconds = samples?.Sum(sample => (sample.To - sample.From).TotalSeconds) ?? 0;
        return seconds > 0 ? samples!.Sum(sample => sample.CanaryTotal + sample.ControlTotal) / seconds : null;
    }

    /// <summary>How many requests without any error a canary needs to pass.</summary>
    private static long RequestsToPass(JudgePolicy policy)
    {
        if (!policy.CountsErrors)
        {
            return 0;
        }

        var (least, most) = (0L, 1L);
        while (!Passes(policy, most) && most < MostRequests)
        {
            (least, most) = (most, most * 2);
        }

        while (most - least > 1)
        {
            var middle = least + ((most - least) / 2);
            (least, most) = Passes(policy, middle) ? (least, middle) : (middle, most);
        }

        return most;
    }

    private static bool Passes(JudgePolicy policy, long requests)
    {
        var errors = StageJudge.PolicyOf(policy with { Latency = null, Metrics = [] }, step: null);
        var now = DateTimeOffset.UnixEpoch;
        return CanaryEvidence
                .Begin(errors, [Noise.Independent(TimeSpan.Zero)], now)
                .With(metric: 0, new MetricSample.Counted(now, now.AddSeconds(1), requests, 0, 0, 0))
                .JudgeAt(now, now.AddSeconds(1))
                .Outcome == JudgementOutcome.Pass;
    }
}
