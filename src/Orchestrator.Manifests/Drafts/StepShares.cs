using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Manifests.Drafts;

/// <summary>Instances and weight of a step, with what follows where one of them is left out; null where it is wrong.</summary>
internal sealed record StepShares(int? Instances, decimal? Weight)
{
    /// <summary>Of each of a stage's steps, in their places.</summary>
    public static ImmutableArray<StepShares> Of(StageDraft stage)
    {
        var all = ImmutableArray.CreateBuilder<StepShares>();
        foreach (var step in stage.Canary.Steps)
        {
            var before = all.Count == 0 ? null : all[^1].Instances;
            all.Add(new StepShares(InstancesOf(step, stage, before), WeightOf(step, stage)));
        }

        return all.ToImmutable();
    }

    /// <summary>No fewer than the step before has, for those are there already.</summary>
    private static int? InstancesOf(StepDraft step, StageDraft stage, int? before) =>
        (step, stage.Count) switch
        {
            ({ HasInstances: true }, _) => step.Instances,
            ({ Weight: { } weight and >= CanaryShares.Least and <= CanaryShares.Most }, { } count and > 0) => Math.Max(
                before ?? 1,
                CanaryShares.InstancesFor(weight, count)
            ),
            _ => null,
        };

    private static decimal? WeightOf(StepDraft step, StageDraft stage) =>
        (step, stage.Count, stage.Canary.MaxSurge) switch
        {
            ({ HasWeight: true }, _, _) => step.Weight,
            ({ Instances: { } instances and > 0 }, { } count and > 0, { } surge and >= 0) => CanaryShares.WeightOf(
                instances,
                count,
                surge
            ),
            _ => null,
        };
}
