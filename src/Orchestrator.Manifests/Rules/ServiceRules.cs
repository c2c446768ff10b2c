using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Core;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a service's fields must be to each other.</summary>
internal sealed class ServiceRules : AbstractValidator<ServiceDraft>
{
    public ServiceRules()
    {
        RuleFor(service => service.Spec).SetValidator(new KindRules());
        RuleFor(service => service.Spec.Template.Resources).SetValidator(new ResourcesRules());
        RuleFor(service => service.Spec.Template.Placement).SetValidator(new PlacementDraftRules());
        RuleFor(service => service.Spec.Template).SetValidator(new ContainerRules());
        RuleFor(service => service.Spec.Template)
            .Custom(
                (template, context) =>
                {
                    CheckHealth(".Health", template.Health, template.HasPort, context);
                    CheckHealth(".Liveness", template.Liveness, template.HasPort, context);
                    if (template.Liveness.IsThere && context.InstanceToValidate.Spec.Kind is KindChoice.Batch)
                    {
                        context.Fail(".Liveness", LivenessOfBatch);
                    }
                }
            );
        RuleFor(service => service.Spec.Routing.Sticky).Custom(CheckSticky);
        RuleFor(service => service.Spec.Dependencies)
            .Custom(
                (dependencies, context) =>
                    CheckDependencies(context.InstanceToValidate.Metadata.Name, dependencies, context)
            );
    }

    private static void CheckSticky(StickyDraft sticky, ValidationContext<ServiceDraft> context)
    {
        if (
            sticky.IsThere && sticky is { Header: null, Cookie: null }
            || sticky is { CookieFor: not null, Cookie: null }
        )
        {
            context.Fail(
                "",
                new Complaint(
                    ManifestErrorCodes.StickyUnclear,
                    sticky.CookieFor is null
                        ? "Nothing says what keeps a caller at a version."
                        : "There is no cookie that could last.",
                    "Write 'header', 'cookie' or both; 'cookieFor' needs 'cookie'."
                )
            );
        }
    }

    private static Complaint LivenessOfBatch =>
        new(
            ManifestErrorCodes.LivenessOfBatch,
            "A batch is never restarted, so it is not asked whether it is alive.",
            "Remove 'liveness'; 'batch.deadline' ends one that hangs."
        );

    private static Complaint HealthWithoutPort =>
        new(
            ManifestErrorCodes.HealthWithoutPort,
            "A service without a port cannot be asked over the network whether it is well.",
            "Add 'port', or run a program in it with 'exec'."
        );

    private static void CheckHealth(
        string path,
        HealthDraft health,
        bool hasPort,
        ValidationContext<ServiceDraft> context
    )
    {
        if (health.IsThere && health.Asks.Length != 1)
        {
            context.Fail(
                path,
                new(
                    ManifestErrorCodes.HealthQuestion,
                    health.Asks.IsEmpty
                        ? "It does not say what is asked."
                        : $"Only one thing can be asked: {string.Join(" or ", health.Asks)}.",
                    "Write one of 'path: /healthz', 'tcp: true', 'exec: [/bin/check]' and 'grpc: \"\"'."
                )
            );
        }
        else if (health.Tcp is false && health.Asks is ["tcp"])
        {
            context.Fail(
                path,
                new(ManifestErrorCodes.HealthQuestion, "'tcp: false' asks nothing.", "Write 'tcp: true'.")
            );
        }
        else if (health.NeedsPort && !hasPort)
        {
            context.Fail(path, HealthWithoutPort);
        }
    }

    private static void CheckDependencies(
        ServiceName? self,
        ImmutableArray<DependencyDraft> dependencies,
        ValidationContext<ServiceDraft> context
    )
    {
        var seen = new HashSet<ServiceName>();
        foreach (var (index, dependency) in dependencies.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"[{index}].Service");
            if (dependency.Service is not { } service)
            {
                continue;
            }

            if (service == self)
            {
                context.Fail(
                    path,
                    new(ManifestErrorCodes.SelfDependency, $"'{service}' depends on itself.", "Remove it.")
                );
            }
            else if (!seen.Add(service))
            {
                context.Fail(
                    path,
                    new(
                        ManifestErrorCodes.DuplicateDependency,
                        $"'{service}' is a dependency already.",
                        "Keep one of the two; join their ranges with a space for 'and', with '||' for 'or'."
                    )
                );
            }
        }
    }
}
