using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Manifests.Drafts;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Rules;

/// <summary>A constraint says one thing, and not what no host can be.</summary>
internal sealed class PlacementDraftRules : AbstractValidator<PlacementDraft>
{
    private const int Percents = 100;

    public PlacementDraftRules()
    {
        Include(new NeighbourDraftRules());
        RuleFor(placement => placement.Constraints).Custom(CheckConstraints);
        RuleFor(placement => placement.Affinities).Custom(CheckAffinities);
        RuleFor(placement => placement.Spread).Custom(CheckSpreads);
    }

    private static void CheckConstraints(
        ImmutableArray<ConstraintDraft> constraints,
        ValidationContext<PlacementDraft> context
    )
    {
        foreach (var (index, constraint) in constraints.Index())
        {
            Check(constraint, At(index), context);
        }
    }

    private static void CheckAffinities(
        ImmutableArray<AffinityDraft> affinities,
        ValidationContext<PlacementDraft> context
    )
    {
        foreach (var (index, affinity) in affinities.Index())
        {
            Check(affinity.Wanted, At(index), context);
            if (affinity.Weight == 0)
            {
                context.Fail(
                    $"{At(index)}.Weight",
                    new Complaint(
                        ManifestErrorCodes.WeightZero,
                        "An affinity of weight 0 says nothing.",
                        "Give it a weight from 1 to 100, or from -100 to -1 to stay away."
                    )
                );
            }
        }
    }

    private static void Check(ConstraintDraft constraint, string path, ValidationContext<PlacementDraft> context)
    {
        if (constraint.Operators != 1)
        {
            context.Fail(
                path,
                new Complaint(
                    ManifestErrorCodes.ConstraintUnclear,
                    constraint.Operators == 0
                        ? $"It does not say what {Shown.Quoted(constraint.Label)} must be."
                        : $"It says several things of {Shown.Quoted(constraint.Label)}.",
                    "Give one of in, notIn, exists, above, below, or from and before; write another item for another wish."
                )
            );
        }
        else if (constraint is { From: { } from, Before: { } before } && from.CompareTo(before) >= 0)
        {
            context.Fail(
                $"{path}.Before",
                new Complaint(
                    ManifestErrorCodes.ConstraintImpossible,
                    $"No version is {from} or later and before {before}.",
                    "Raise 'before', or lower 'from'."
                )
            );
        }
    }

    private static void CheckSpreads(ImmutableArray<SpreadDraft> spreads, ValidationContext<PlacementDraft> context)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, spread) in spreads.Index())
        {
            if (!seen.Add(spread.Label))
            {
                context.Fail(
                    $"{At(index)}.Label",
                    new Complaint(
                        ManifestErrorCodes.DuplicateSpread,
                        $"It is spread over {Shown.Quoted(spread.Label)} already.",
                        "Keep one of the two."
                    )
                );
            }

            var sum = spread.Targets.Values.Sum(percent => (long)percent);
            if (!spread.Targets.IsEmpty && sum != Percents)
            {
                context.Fail(
                    $"{At(index)}.Targets",
                    new Complaint(
                        ManifestErrorCodes.TargetsNotWhole,
                        string.Create(CultureInfo.InvariantCulture, $"The targets sum to {sum} % and not to 100 %."),
                        "Change them so that they do; a value without a target gets nothing."
                    )
                );
            }
        }
    }

    private static string At(int index) => string.Create(CultureInfo.InvariantCulture, $"[{index}]");
}
