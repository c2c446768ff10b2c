using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Evidence;

/// <summary>What a provider is to be asked, of both versions of a rollout.</summary>
/// <param name="From">Where the last question ended.</param>
/// <param name="To">Now.</param>
internal sealed record Question(
    RolloutId Rollout,
    MetricRule Rule,
    MetricSource.Query Query,
    QueryText Canary,
    QueryText Control,
    DateTimeOffset From,
    DateTimeOffset To
);

/// <summary>Which questions are due. Follows from the cell, where each answer ends when it was asked for, and each gap too.</summary>
internal static class Questions
{
    public static ImmutableArray<Question> Due(Cell cell, DateTimeOffset now)
    {
        var due = ImmutableArray.CreateBuilder<Question>();
        foreach (var rollout in cell.Rollouts.Values)
        {
            if (rollout is { Evidence: { } evidence, From: { } old } && RolloutEvidence.TakesTraffic(rollout))
            {
                due.AddRange(OfOne(cell, rollout, old, evidence, now));
            }
        }

        return due.ToImmutable();
    }

    private static IEnumerable<Question> OfOne(
        Cell cell,
        Rollout rollout,
        SemanticVersion old,
        CanaryEvidence evidence,
        DateTimeOffset now
    )
    {
        foreach (var rule in rollout.Stage.Judge.Metrics)
        {
            if (
                rule.Source is MetricSource.Query query
                && StageJudge.PlaceOf(evidence.Policy, rule.Name) is { } place
                && (evidence.Last(place)?.To ?? evidence.Since) is var begins
                && now - begins >= query.Every
            )
            {
                yield return new Question(
                    rollout.Id,
                    rule,
                    query,
                    TextOf(cell, rollout, rollout.To),
                    TextOf(cell, rollout, old),
                    begins,
                    now
                );
            }
        }
    }

    private static QueryText TextOf(Cell cell, Rollout rollout, SemanticVersion version) =>
        new(
            rollout.Service.Value,
            version.ToString(),
            rollout.Stage.Name.Value,
            QueryText.AlternativesOf(
                cell.Instances.Of(new DeploymentKey(rollout.Service, rollout.Stage.Name))
                    .Where(instance => instance.Version == version)
                    .Select(instance => instance.Id.Value)
            )
        );
}
