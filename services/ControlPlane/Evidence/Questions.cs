using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
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

/// <summary>Which questions are due. Follows from the cell and from what was asked.</summary>
internal static class Questions
{
    /// <param name="asked">Until when the last question of a rollout and metric was.</param>
    public static ImmutableArray<Question> Due(
        Cell cell,
        IReadOnlyDictionary<(RolloutId Rollout, string Metric), DateTimeOffset> asked,
        DateTimeOffset now
    )
    {
        var due = ImmutableArray.CreateBuilder<Question>();
        foreach (var rollout in cell.Rollouts.Values)
        {
            if (rollout is { Evidence: { } evidence, From: { } old } && StageJudge.TakesTraffic(rollout))
            {
                due.AddRange(OfOne(cell, rollout, old, evidence.Since, asked, now));
            }
        }

        return due.ToImmutable();
    }

    private static IEnumerable<Question> OfOne(
        Cell cell,
        Rollout rollout,
        SemanticVersion old,
        DateTimeOffset since,
        IReadOnlyDictionary<(RolloutId Rollout, string Metric), DateTimeOffset> asked,
        DateTimeOffset now
    )
    {
        foreach (var rule in rollout.Stage.Judge.Metrics)
        {
            var last = asked.GetValueOrDefault((rollout.Id, rule.Name), DateTimeOffset.MinValue);
            var begins = last > since ? last : since;
            if (rule.Source is MetricSource.Query query && now - begins >= query.Every)
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
