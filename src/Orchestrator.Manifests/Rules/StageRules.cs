using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a stage's fields must be to each other.</summary>
internal sealed class StageRules : AbstractValidator<StageDraft>
{
    public StageRules()
    {
        RuleFor(stage => stage).Custom(CheckStrategy);
        RuleFor(stage => stage.Canary.Steps).Custom(StepRules.Check);
        RuleFor(stage => stage.Canary.MaxUnavailable).Custom(CheckRoom);
        Include(new WaveRules());
        RuleFor(stage => stage.Judge).SetValidator(new JudgeRules());
        RuleFor(stage => stage.Webhooks).Custom(CheckWebhooks);
        RuleFor(stage => stage.Approval.Before)
            .Custom(
                (before, context) =>
                {
                    var stage = context.InstanceToValidate;
                    if (stage.Approval.IsThere && before == ApprovalPoint.Promotion && !HasPreview(stage))
                    {
                        context.Fail("", ApprovalWithoutCanary);
                    }
                }
            );
    }

    /// <summary>Whether there is something of the new version to look at before the promotion.</summary>
    private static bool HasPreview(StageDraft stage) => stage.BlueGreen.IsThere || !stage.Canary.Steps.IsEmpty;

    private static Complaint ApprovalWithoutCanary =>
        new(
            ManifestErrorCodes.ApprovalWithoutCanary,
            "Without canary steps there is nothing to approve before the promotion.",
            "Write 'before: stage', or add a step to 'canary.steps'."
        );

    private static void CheckStrategy(StageDraft stage, ValidationContext<StageDraft> context)
    {
        (string Name, bool IsThere)[] all =
        [
            ("canary", stage.Canary.IsThere),
            ("recreate", stage.Recreate.IsThere),
            ("blueGreen", stage.BlueGreen.IsThere),
        ];
        var named = all.Where(each => each.IsThere).Select(each => $"'{each.Name}'").ToList();
        if (named.Count > 1)
        {
            context.Fail(
                "",
                new Complaint(
                    ManifestErrorCodes.StrategyUnclear,
                    $"A stage has one strategy, and this one has {string.Join(" and ", named)}.",
                    "Keep the one that is meant."
                )
            );
        }
    }

    private static void CheckWebhooks(ImmutableArray<WebhookDraft> webhooks, ValidationContext<StageDraft> context)
    {
        var seen = new HashSet<(string, ApprovalPoint)>();
        foreach (var (index, webhook) in webhooks.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"[{index}]");
            if (webhook.Before == ApprovalPoint.Promotion && !HasPreview(context.InstanceToValidate))
            {
                context.Fail($"{path}.Before", WebhookWithoutCanary);
            }

            if (webhook is { Name: { } name, Before: { } before } && !seen.Add((name, before)))
            {
                context.Fail($"{path}.Name", Repeated(name));
            }
        }
    }

    private static Complaint WebhookWithoutCanary =>
        new(
            ManifestErrorCodes.WebhookWithoutCanary,
            "Without canary steps there is nothing to ask about before the promotion.",
            "Write 'before: stage', or add a step to 'canary.steps'."
        );

    private static Complaint Repeated(string name) =>
        new(
            ManifestErrorCodes.DuplicateWebhook,
            $"The webhook '{name}' is asked twice at the same point.",
            "Leave one of the two out, or write another 'before'."
        );

    private static void CheckRoom(int? maxUnavailable, ValidationContext<StageDraft> context)
    {
        var stage = context.InstanceToValidate;
        if (maxUnavailable == 0 && stage.Canary.MaxSurge == 0)
        {
            context.Fail(
                "",
                new Complaint(
                    ManifestErrorCodes.NoRoomToRoll,
                    "With maxSurge and maxUnavailable both 0 no instance can ever be replaced.",
                    "Make one of the two at least 1."
                )
            );
        }
        else if (maxUnavailable > stage.Count)
        {
            context.Fail(
                "",
                new Complaint(
                    ManifestErrorCodes.MoreInstancesThanCount,
                    Whole($"{maxUnavailable} unavailable instances are more than the stage's count of {stage.Count}."),
                    Whole($"Write at most {stage.Count}.")
                )
            );
        }
    }

    private static string Whole(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
