using FluentValidation;
using FluentValidation.Results;

namespace Orchestrator.Manifests.Rules;

/// <summary>Carries our complaints through the validation library.</summary>
internal static class RuleText
{
    /// <param name="path">Below the property that the rule is for; empty for the property itself.</param>
    public static void Fail<T>(this ValidationContext<T> context, string path, Complaint complaint) =>
        context.AddFailure(
            new ValidationFailure(context.PropertyPath + path, complaint.Message)
            {
                ErrorCode = complaint.Code,
                CustomState = complaint,
            }
        );
}
