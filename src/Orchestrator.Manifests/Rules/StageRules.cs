using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Drafts;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a stage's fields must be to each other.</summary>
internal sealed class StageRules : AbstractValidator<StageDraft>
{
    public StageRules()
    {
        RuleFor(stage => stage).Custom(CheckStrategy);
        RuleFor(stage => stage.Canary.Steps).Custom(CheckSteps);
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

    private static void CheckSteps(ImmutableArray<StepDraft> steps, ValidationContext<StageDraft> context)
    {
        foreach (var (index, step) in steps.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"[{index}]");
            CheckCount(step, context.InstanceToValidate.Count, path, context);
            if (step.JudgeWithin is { } within && step.Bake is { } bake && within < bake)
            {
                context.Fail($"{path}.JudgeWithin", JudgedBeforeBaked(within, bake));
            }

            if (index > 0)
            {
                CheckOrder(steps[index - 1], step, path, context);
            }
        }
    }

    private static void CheckCount(StepDraft step, int? count, string path, ValidationContext<StageDraft> context)
    {
        if (step.Instances > count)
        {
            context.Fail(
                $"{path}.Instances",
                new Complaint(
                    ManifestErrorCodes.MoreInstancesThanCount,
                    Whole($"A step of {step.Instances} instances is larger than the stage's count of {count}."),
                    Whole($"Write at most {count}, or raise 'count'.")
                )
            );
        }
    }

    private static void CheckOrder(StepDraft before, StepDraft step, string path, ValidationContext<StageDraft> context)
    {
        if (step.Weight <= before.Weight)
        {
            context.Fail(
                $"{path}.Weight",
                new Complaint(
                    ManifestErrorCodes.WeightsNotAscending,
                    Whole($"A weight of {step.Weight} does not come after {before.Weight}."),
                    "Each step takes more of the traffic than the one before."
                )
            );
        }

        if (step.Instances < before.Instances)
        {
            context.Fail(
                $"{path}.Instances",
                new Complaint(
                    ManifestErrorCodes.InstancesDescending,
                    Whole($"{step.Instances} instances are fewer than the {before.Instances} of the step before."),
                    "Each step has at least as many instances as the one before."
                )
            );
        }
    }

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

    private static Complaint JudgedBeforeBaked(TimeSpan within, TimeSpan bake) =>
        new(
            ManifestErrorCodes.JudgedBeforeBaked,
            $"The judge gives up after {Durations.Write(within)}, before the bake of {Durations.Write(bake)} ends.",
            "Make judgeWithin longer than bake, or bake shorter."
        );

    private static string Whole(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
