using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a window's fields must be to each other.</summary>
internal sealed class WindowRules : AbstractValidator<WindowDraft>
{
    public WindowRules()
    {
        RuleFor(window => window.Spec.Dated).Custom(CheckOrder);
        RuleFor(window => window.Spec)
            .Custom(
                (spec, context) =>
                {
                    if (spec.Recurring.IsEmpty && spec.Dated.IsEmpty)
                    {
                        context.Fail("", Empty);
                    }
                }
            );
    }

    private static Complaint Empty =>
        new(
            ManifestErrorCodes.WindowWithoutTimes,
            "The window is never: it has neither 'recurring' nor 'dated' periods.",
            "Add one, or stop the line by hand: orc halt --reason WHY"
        );

    private static void CheckOrder(ImmutableArray<DatedDraft> dated, ValidationContext<WindowDraft> context)
    {
        foreach (var (index, period) in dated.Index())
        {
            if (period.From >= period.Until)
            {
                context.Fail(
                    string.Create(CultureInfo.InvariantCulture, $"[{index}].Until"),
                    new Complaint(
                        ManifestErrorCodes.PeriodReversed,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"The period ends at {period.Until:s}, no later than it begins at {period.From:s}."
                        ),
                        "Swap the two, or correct the date."
                    )
                );
            }
        }
    }
}
