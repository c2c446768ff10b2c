using FluentValidation;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a template says of its container, and what that must be to each other.</summary>
internal sealed class ContainerRules : AbstractValidator<TemplateDraft>
{
    public ContainerRules() =>
        RuleFor(template => template.Ulimits)
            .Custom(
                (limits, context) =>
                {
                    foreach (var (name, limit) in limits)
                    {
                        if (IsAbove(limit.Soft, limit.Hard))
                        {
                            context.Fail(
                                $".{name}.Soft",
                                new Complaint(
                                    ManifestErrorCodes.SoftAboveHard,
                                    $"The soft limit of '{name}' is above its hard one, up to which a process may raise it.",
                                    "Raise 'hard', or lower 'soft'."
                                )
                            );
                        }
                    }
                }
            );

    private static bool IsAbove(long? soft, long? hard) =>
        soft == ProcessLimit.Unlimited
            ? hard is not null and not ProcessLimit.Unlimited
            : hard != ProcessLimit.Unlimited && soft > hard;
}
