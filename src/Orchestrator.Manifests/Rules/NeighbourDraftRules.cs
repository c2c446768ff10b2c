using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>A rule about neighbours says how much it counts, says it once, and not what no place can be.</summary>
internal sealed class NeighbourDraftRules : AbstractValidator<PlacementDraft>
{
    public NeighbourDraftRules()
    {
        RuleFor(placement => placement.Near).Custom(Check);
        RuleFor(placement => placement.Apart).Custom(Check);
        RuleFor(placement => placement.Apart)
            .Custom((apart, context) => CheckAgainst(context.InstanceToValidate.Near, apart, context));
    }

    private static void Check(ImmutableArray<NeighbourDraft> neighbours, ValidationContext<PlacementDraft> context)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, neighbour) in neighbours.Index())
        {
            if (neighbour.Required == true == neighbour.Weight is not null)
            {
                context.Fail(
                    At(index),
                    new Complaint(
                        ManifestErrorCodes.NeighbourUnclear,
                        neighbour.Weight is null
                            ? "It does not say how much it counts."
                            : "It is required, and has a weight as if it were not.",
                        "Write one of 'required: true' and 'weight', from 1 to 100."
                    )
                );
            }

            if (neighbour.Subject is { } subject && !seen.Add(subject))
            {
                context.Fail(
                    $"{At(index)}.Service",
                    new Complaint(
                        ManifestErrorCodes.DuplicateNeighbour,
                        $"There is a rule about '{neighbour.Service}' at that stage and label already.",
                        "Keep one of the two."
                    )
                );
            }
        }
    }

    private static void CheckAgainst(
        ImmutableArray<NeighbourDraft> near,
        ImmutableArray<NeighbourDraft> apart,
        ValidationContext<PlacementDraft> context
    )
    {
        foreach (var (index, neighbour) in apart.Index())
        {
            if (
                neighbour is { Required: true, Subject: { } subject }
                && near.Any(other => other.Required == true && other.Subject == subject)
            )
            {
                context.Fail(
                    At(index),
                    new Complaint(
                        ManifestErrorCodes.NeighboursContradict,
                        $"It must be near '{neighbour.Service}' and apart from it by the same label.",
                        "Remove one of the two, or give one of them a weight in place of 'required'."
                    )
                );
            }
        }
    }

    private static string At(int index) => string.Create(CultureInfo.InvariantCulture, $"[{index}]");
}
