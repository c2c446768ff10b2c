using FluentValidation;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What fits a service's kind.</summary>
internal sealed class KindRules : AbstractValidator<ServiceSpecDraft>
{
    /// <summary>A daemon says what goes without saying.</summary>
    private const int OnePerHost = 1;

    public KindRules()
    {
        RuleFor(spec => spec.Batch)
            .Custom(
                (batch, context) =>
                {
                    if (batch.IsThere && context.InstanceToValidate.Kind is not (null or KindChoice.Batch))
                    {
                        context.Fail("", NotABatch);
                    }
                }
            );
        RuleFor(spec => spec.Template)
            .Custom(
                (template, context) =>
                {
                    if (context.InstanceToValidate.Kind == KindChoice.Batch && template.HasPort)
                    {
                        context.Fail(".Port", BatchWithPort);
                    }
                }
            );
        RuleFor(spec => spec.Template.Placement)
            .Custom(
                (placement, context) =>
                {
                    if (context.InstanceToValidate.Kind == KindChoice.Daemon)
                    {
                        CheckDaemon(placement, context);
                    }
                }
            );
    }

    private static Complaint NotABatch =>
        new(
            ManifestErrorCodes.BatchUnexpected,
            "Only a batch has completions, parallelism, retries and a deadline.",
            "Write 'kind: batch' above it, or remove 'batch'."
        );

    private static Complaint BatchWithPort =>
        new(
            ManifestErrorCodes.BatchWithPort,
            "A batch answers no requests: it runs until it ends.",
            "Remove 'port', or write 'kind: service'."
        );

    private static void CheckDaemon(PlacementDraft placement, ValidationContext<ServiceSpecDraft> context)
    {
        if (!placement.Spread.IsEmpty)
        {
            context.Fail(
                ".Spread",
                new Complaint(
                    ManifestErrorCodes.DaemonSpread,
                    "A daemon runs on every host that its constraints admit, so there is nothing to spread.",
                    "Remove 'spread'; say with constraints which hosts it runs on."
                )
            );
        }

        if (placement.MaxPerHost is not (null or OnePerHost or ManifestDefaults.MaxPerHost))
        {
            context.Fail(
                ".MaxPerHost",
                new Complaint(
                    ManifestErrorCodes.DaemonSpread,
                    "A daemon has exactly one instance on a host.",
                    "Remove 'maxPerHost'."
                )
            );
        }
    }
}
