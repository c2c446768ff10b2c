using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>People who let others approve in their stead.</summary>
internal static class Delegations
{
    /// <summary>Whoever is away for longer should give the role to somebody else.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>What has ended is shown for so long; the journal has it for ever.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <summary>
    /// All of them are in memory, and are gone through when somebody approves. Those that have ended make room for new ones.
    /// </summary>
    private const int MaxDelegations = 1_000;

    private const int MaxReason = 1_000;

    /// <summary>Those to a person that are open, the oldest first.</summary>
    public static ImmutableArray<Delegation> To(CellDraft draft, string person, DateTimeOffset now) =>
        [.. draft.Delegations.Rows.Where(each => each.To == person && each.IsOpen(now))];

    public static CellAnswer Create(CellDraft draft, CellInput.CreateDelegation asked, DateTimeOffset now)
    {
        if (Refusal(draft, asked, now) is { } refused)
        {
            return refused;
        }

        var number = draft.Delegations.Keys.LastOrDefault() + 1;
        Forget(draft, now);
        if (draft.Delegations.Count >= MaxDelegations)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "too_many_delegations",
                string.Create(CultureInfo.InvariantCulture, $"There are {MaxDelegations} delegations already."),
                "Revoke those that nobody needs: orc delegate list"
            );
        }

        var delegation = new Delegation
        {
            Number = number,
            From = asked.Actor,
            To = asked.To,
            Of = asked.Of,
            Until = asked.Until,
            Reason = asked.Reason,
            CreatedAt = now,
        };
        draft.Delegations.Put(delegation.Number, delegation);
        var subject = delegation.Number.ToString(CultureInfo.InvariantCulture);
        draft.Record(now, asked.Actor, "delegation.created", subject, $"{TextOf(delegation)}: {asked.Reason}");
        return new CellAnswer.Accepted(
            subject,
            $"{asked.To} may approve in your stead until {asked.Until:u}, where {asked.Of} may."
        );
    }

    public static CellAnswer Revoke(CellDraft draft, CellInput.RevokeDelegation asked, DateTimeOffset now)
    {
        var subject = asked.Number.ToString(CultureInfo.InvariantCulture);
        if (!draft.Delegations.TryGet(asked.Number, out var delegation))
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "delegation_unknown",
                $"There is no delegation {subject}.",
                "See them: orc delegate list"
            );
        }

        if (!asked.IsAdmin && asked.Actor != delegation.From && asked.Actor != delegation.To)
        {
            return new CellAnswer.Refused(
                RefusalKind.Forbidden,
                "not_yours",
                $"Delegation {subject} is between {delegation.From} and {delegation.To}.",
                "They end it, or an admin does."
            );
        }

        if (!delegation.IsOpen(now))
        {
            return new CellAnswer.Accepted(subject, $"Delegation {subject} has ended already.");
        }

        var ended = delegation with { Revoked = new DelegationEnd(asked.Actor, asked.Reason, now) };
        draft.Delegations.Put(ended.Number, ended);
        draft.Record(now, asked.Actor, "delegation.revoked", subject, $"{TextOf(delegation)}: {asked.Reason}");
        return new CellAnswer.Accepted(
            subject,
            $"{delegation.To} may no longer approve for {delegation.From}; what was approved stays approved."
        );
    }

    private static CellAnswer.Refused? Refusal(CellDraft draft, CellInput.CreateDelegation asked, DateTimeOffset now)
    {
        if (!asked.HasRight)
        {
            return To(draft, asked.Actor, now).FirstOrDefault(each => each.Of == asked.Of) is { } theirs
                ? new CellAnswer.Refused(
                    RefusalKind.Forbidden,
                    "delegation_chain",
                    $"{asked.Actor} may approve there only for {theirs.From}, and what is delegated is not delegated on.",
                    $"Ask {theirs.From} to delegate to {asked.To}."
                )
                : new CellAnswer.Refused(
                    RefusalKind.Forbidden,
                    "role_missing",
                    $"{asked.Actor} has no right of {asked.Of} to delegate.",
                    "See your roles: orc whoami"
                );
        }

        if (asked.To == asked.Actor)
        {
            return Invalid("delegated_to_self", "Nobody approves in their own stead.", "Name another person.");
        }

        if (asked.Until <= now || asked.Until - now > Longest)
        {
            return Invalid(
                "out_of_range",
                $"{asked.Until:u} is not within the next {Longest.TotalDays:0} days.",
                "Write a time such as 2026-12-24T18:00Z, or make another delegation then."
            );
        }

        return asked.Reason.Length is 0 or > MaxReason
            ? Invalid("reason_missing", "Whoever delegates says why.", "Write --reason, of at most 1000 characters.")
            : null;
    }

    /// <summary>The last one stays, whatever its age: numbers are never given twice.</summary>
    private static void Forget(CellDraft draft, DateTimeOffset now)
    {
        var last = draft.Delegations.Keys.LastOrDefault();
        foreach (var old in draft.Delegations.Rows.Where(each => now - each.Until > Remembered).ToList())
        {
            if (old.Number != last)
            {
                draft.Delegations.Remove(old.Number);
            }
        }

        // Whoever did as they were told, and revoked one, finds room. Another one follows, so its number is not given again.
        if (
            draft.Delegations.Count >= MaxDelegations
            && draft.Delegations.Rows.FirstOrDefault(each => !each.IsOpen(now)) is { } ended
        )
        {
            draft.Delegations.Remove(ended.Number);
        }
    }

    private static string TextOf(Delegation delegation) =>
        $"{delegation.To} for {delegation.From}, {delegation.Of}, until {delegation.Until:u}";

    private static CellAnswer.Refused Invalid(string code, string message, string hint) =>
        new(RefusalKind.Invalid, code, message, hint);
}
