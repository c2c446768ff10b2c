using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Core;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a line's fields must be to each other.</summary>
internal sealed class LineRules : AbstractValidator<LineDraft>
{
    public LineRules()
    {
        RuleFor(line => line.Spec.Route).Custom(CheckNames);
        RuleFor(line => line.Spec.Coupled).Custom(CheckCoupled);
        RuleForEach(line => line.Spec.Route).SetValidator(new StageRules());
    }

    private static void CheckCoupled(ImmutableArray<CoupledDraft> coupled, ValidationContext<LineDraft> context)
    {
        var seen = new HashSet<ServiceName>();
        if (context.InstanceToValidate.Service is { } own)
        {
            seen.Add(own);
        }

        foreach (var (index, each) in coupled.Index())
        {
            if (each.Service is { } service && !seen.Add(service))
            {
                context.Fail(
                    string.Create(CultureInfo.InvariantCulture, $"[{index}].Service"),
                    new Complaint(
                        ManifestErrorCodes.DuplicateCoupled,
                        $"'{service}' is on the train already.",
                        "Remove it here: the line's own service and each coupled one travel once."
                    )
                );
            }
        }
    }

    private static void CheckNames(ImmutableArray<StageDraft> route, ValidationContext<LineDraft> context)
    {
        var seen = new HashSet<StageName>();
        foreach (var (index, stage) in route.Index())
        {
            if (stage.Stage is { } name && !seen.Add(name))
            {
                context.Fail(
                    string.Create(CultureInfo.InvariantCulture, $"[{index}].Stage"),
                    new Complaint(
                        ManifestErrorCodes.DuplicateStage,
                        $"The route goes to '{name}' before.",
                        "A train goes to each stage once; rename or remove one of the two."
                    )
                );
            }
        }
    }
}
