using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Manifests.Drafts;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Rules;

/// <summary>What canary steps must be to each other and to their stage.</summary>
internal static class StepRules
{
    public static void Check(ImmutableArray<StepDraft> steps, ValidationContext<StageDraft> context)
    {
        var stage = context.InstanceToValidate;
        var shares = StepShares.Of(stage);
        foreach (var (index, step) in steps.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"[{index}]");
            CheckWhole(step, shares[index], stage.Count, path, context);
            CheckCount(shares[index], stage.Count, path, context);
            if (step.JudgeWithin is { } within && step.Bake is { } bake && within < bake)
            {
                context.Fail($"{path}.JudgeWithin", JudgedBeforeBaked(within, bake));
            }

            if (step.MaximumRequests < step.MinimumRequests)
            {
                context.Fail(
                    $"{path}.MaximumRequests",
                    new Complaint(
                        ManifestErrorCodes.MaximumBelowMinimum,
                        Whole(
                            $"At {step.MaximumRequests} requests it ends, and {step.MinimumRequests} are needed to pass."
                        ),
                        "Make maximumRequests larger than minimumRequests, which is 100 if it is not written."
                    )
                );
            }

            if (index > 0)
            {
                CheckOrder(shares[index - 1], shares[index], step, path, context);
            }
        }
    }

    /// <summary>What is left out must follow.</summary>
    private static void CheckWhole(
        StepDraft step,
        StepShares shares,
        int? count,
        string path,
        ValidationContext<StageDraft> context
    )
    {
        if (step is { HasInstances: false, HasWeight: false })
        {
            context.Fail(
                path,
                new Complaint(
                    ManifestErrorCodes.StepUnclear,
                    "The step says neither how many instances nor what weight it has.",
                    "Write 'instances', 'weight' or both."
                )
            );
        }
        else if (count is null && !(step.HasInstances && step.HasWeight))
        {
            context.Fail(
                path,
                new Complaint(
                    ManifestErrorCodes.StepUnclear,
                    "At a stage without a count, neither instances nor weight follow from the other.",
                    "Write both 'instances' and 'weight'."
                )
            );
        }
        else if (!step.HasWeight && shares is { Instances: { } instances and > 0, Weight: null } && instances <= count)
        {
            context.Fail(
                $"{path}.Instances",
                new Complaint(
                    ManifestErrorCodes.StepUnclear,
                    Whole($"Beside {instances} instances none of the old version is left, so no weight follows."),
                    "Write 'weight', fewer instances, or raise 'maxSurge'."
                )
            );
        }
    }

    private static void CheckCount(StepShares step, int? count, string path, ValidationContext<StageDraft> context)
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

    private static void CheckOrder(
        StepShares before,
        StepShares shares,
        StepDraft step,
        string path,
        ValidationContext<StageDraft> context
    )
    {
        if (shares.Weight <= before.Weight)
        {
            var many = shares.Instances == 1 ? "instance" : "instances";
            var whence = step.HasWeight ? "" : Whole($", which follows from {shares.Instances} {many},");
            context.Fail(
                step.HasWeight ? $"{path}.Weight" : path,
                new Complaint(
                    ManifestErrorCodes.WeightsNotAscending,
                    Whole($"A weight of {shares.Weight:0.#}{whence} does not come after {before.Weight:0.#}."),
                    "Each step takes more of the traffic than the one before."
                )
            );
        }

        if (shares.Instances < before.Instances)
        {
            context.Fail(
                $"{path}.Instances",
                new Complaint(
                    ManifestErrorCodes.InstancesDescending,
                    Whole($"{shares.Instances} instances are fewer than the {before.Instances} of the step before."),
                    "Each step has at least as many instances as the one before."
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
