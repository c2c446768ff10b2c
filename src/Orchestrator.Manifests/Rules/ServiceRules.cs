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
        RuleFor(service => service.Spec.Template)
            .Custom(
                (template, context) =>
                {
                    if (template.Health.IsThere && !template.HasPort)
                    {
                        context.Fail(".Health", HealthWithoutPort);
                    }
                }
            );
        RuleFor(service => service.Spec.Dependencies)
            .Custom(
                (dependencies, context) =>
                    CheckDependencies(context.InstanceToValidate.Metadata.Name, dependencies, context)
            );
    }

    private static Complaint HealthWithoutPort =>
        new(
            ManifestErrorCodes.HealthWithoutPort,
            "A service without a port cannot be asked whether it is healthy.",
            "Add 'port', or remove 'health'."
        );

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
