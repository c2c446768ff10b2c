using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a stage's waves must be to each other, and to its strategy.</summary>
internal sealed class WaveRules : AbstractValidator<StageDraft>
{
    private const int WholePercent = 100;

    public WaveRules()
    {
        RuleFor(stage => stage.Waves).Custom(CheckKind);
        RuleFor(stage => stage.Waves.Percent).Custom(CheckPercents);
        RuleFor(stage => stage.Waves.First).Custom(CheckFirst);
    }

    private static void CheckKind(WavesDraft waves, ValidationContext<StageDraft> context)
    {
        var stage = context.InstanceToValidate;
        if (waves.IsThere && (stage.Recreate.IsThere || stage.BlueGreen.IsThere))
        {
            context.Fail("", WithoutRolling);
        }

        if (waves is { HavePercent: true, OfDomains: [var field, ..] })
        {
            context.Fail("", Unclear(field));
        }
    }

    private static void CheckPercents(ImmutableArray<int?> percents, ValidationContext<StageDraft> context)
    {
        if (percents is [.., { } last] && last != WholePercent)
        {
            context.Fail("", NotWhole(last));
        }

        for (var index = 1; index < percents.Length; index++)
        {
            if (percents[index] <= percents[index - 1])
            {
                context.Fail(PlaceOf(index), NotAscending);
            }
        }
    }

    private static void CheckFirst(ImmutableArray<string> first, ValidationContext<StageDraft> context)
    {
        foreach (var (index, name) in first.Index())
        {
            if (first.IndexOf(name) < index)
            {
                context.Fail(PlaceOf(index), Repeated(name));
            }
        }
    }

    private static Complaint WithoutRolling =>
        new(
            ManifestErrorCodes.WavesWithoutRolling,
            "A stage that recreates or switches exchanges all of its instances at once.",
            "Remove 'waves', or use 'canary'."
        );

    private static Complaint Unclear(string field) =>
        new(
            ManifestErrorCodes.WavesUnclear,
            $"Waves are by 'percent' of the instances wherever they are, or by domain, which '{field}' is about.",
            $"Remove 'percent' or '{field}'."
        );

    private static Complaint NotAscending =>
        new(
            ManifestErrorCodes.WavesNotAscending,
            "A wave has no more of the instances than the one before.",
            "Write what share is exchanged after each wave, such as [10, 50, 100]."
        );

    private static Complaint NotWhole(int last) =>
        new(
            ManifestErrorCodes.WavesNotWhole,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The last wave ends at {last} % of the instances, and the rest would never be exchanged."
            ),
            "Let the list end with 100."
        );

    private static Complaint Repeated(string name) =>
        new(
            ManifestErrorCodes.DuplicateDomain,
            $"The domain '{name}' is named twice.",
            "Leave one of the two out: a rollout comes to each once."
        );

    private static string PlaceOf(int index) => string.Create(CultureInfo.InvariantCulture, $"[{index}]");
}
