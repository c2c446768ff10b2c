using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Rollouts;

/// <summary>By whose right somebody approves: their own, or that of one who lets them do so in their stead.</summary>
internal static class ApprovalRights
{
    /// <summary>Why somebody may not approve a consist at a stage; null if they may.</summary>
    /// <param name="publishers">Of what it carries.</param>
    public static Transition.Refused? Refusal(
        Stage stage,
        string consistHash,
        ImmutableArray<string> publishers,
        RolloutEvent.Approved asked,
        RolloutId id
    )
    {
        if (asked.ConsistHash is { } hash && hash != consistHash)
        {
            return new Transition.Refused(
                "consist_changed",
                $"The approval is for {hash}, and {id} carries {consistHash}.",
                $"Look again: orc rollout status {id}"
            );
        }

        if (Of(stage, asked.By).IsEmpty)
        {
            return MayNot(stage, asked.By);
        }

        return Usable(stage, publishers, asked.By).IsEmpty
            ? new Transition.Refused(
                "own_version",
                $"{string.Join(" and ", publishers.Distinct(StringComparer.Ordinal))} published what {id} carries, and the stage's policy wants another person.",
                "Ask somebody else with the role approver of this stage, or set approval.allowPublisher in the line."
            )
            : null;
    }

    /// <summary>Null if they may decide there, for themselves or for another.</summary>
    public static Transition.Refused? MayNot(Stage stage, Approver by)
    {
        if (!Of(stage, by).IsEmpty)
        {
            return null;
        }

        var groups = stage.Approval?.Groups ?? [];
        return groups.IsEmpty
            ? new Transition.Refused(
                "role_missing",
                $"{by.Name} is no approver of {stage.Name}.",
                $"Ask for a token with --role approver:{stage.Name}, or an approver to delegate: orc delegate create --to {by.Name}"
            )
            : new Transition.Refused(
                "not_in_group",
                $"{by.Name} is in none of the groups that approve {stage.Name}: {string.Join(", ", groups)}.",
                $"Ask a member, or for a token with --role group:{groups[0]}"
            );
    }

    /// <summary>How they sign what they decide: <c>bo</c>, or <c>bo for ana</c> without a right of their own.</summary>
    public static string NameOf(Stage stage, Approver by) =>
        Of(stage, by) is [{ } other, ..] ? $"{by.Name} for {other}" : by.Name;

    /// <summary>
    /// By whose right an approval counts that is given beside others. Nobody's right and nobody's hand counts twice, so
    /// whoever has a part in one of the others has had their say.
    /// </summary>
    /// <param name="others">That are valid.</param>
    public static Standing Beside(
        IEnumerable<Approval> others,
        Stage stage,
        ImmutableArray<string> publishers,
        Approver by
    )
    {
        var taken = others.SelectMany(PeopleOf).ToHashSet(StringComparer.Ordinal);
        if (taken.Contains(by.Name))
        {
            return new Standing.Counted();
        }

        return
            Usable(stage, publishers, by).Where(right => right is null || !taken.Contains(right)).ToList()
                is [var right, ..]
            ? new Standing.Free(right)
            : new Standing.Counted();
    }

    private static IEnumerable<string> PeopleOf(Approval given) =>
        given.For is { } other ? [given.Actor, other] : [given.Actor];

    /// <summary>Those that no publisher of a version has a part in, unless the policy minds nobody.</summary>
    private static ImmutableArray<string?> Usable(Stage stage, ImmutableArray<string> publishers, Approver by)
    {
        if (stage.Approval is not { AllowsPublisher: false })
        {
            return Of(stage, by);
        }

        return publishers.Contains(by.Name, StringComparer.Ordinal)
            ? []
            : Of(stage, by).RemoveAll(right => right is not null && publishers.Contains(right, StringComparer.Ordinal));
    }

    /// <summary>Whose rights they have there; null is their own, and comes first.</summary>
    private static ImmutableArray<string?> Of(Stage stage, Approver by)
    {
        var groups = stage.Approval?.Groups ?? [];
        var isOwn = groups.IsEmpty ? by.IsOfStage : groups.Intersect(by.Groups, StringComparer.Ordinal).Any();
        return
        [
            .. isOwn ? (string?[])[null] : [],
            .. by
                .Delegations.Where(each =>
                    each.Of switch
                    {
                        DelegationScope.OfGroup(var group) => groups.Contains(group, StringComparer.Ordinal),
                        DelegationScope.OfStage(var name) => groups.IsEmpty && name == stage.Name,
                        _ => false,
                    }
                )
                .Select(each => each.From),
        ];
    }
}

/// <summary>What an approval would count for.</summary>
internal abstract record Standing
{
    private Standing() { }

    /// <param name="For">Whose right it is; null for their own.</param>
    public sealed record Free(string? For) : Standing;

    /// <summary>Nothing more than what is there already.</summary>
    public sealed record Counted : Standing;
}
