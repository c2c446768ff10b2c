using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Approvals of what a sealed train carries, for stages that it has not come to: so that nobody needs to be there when it
/// does. They bind to the consist's hash, and expire as others do.
/// </summary>
internal static class AdvanceApprovals
{
    /// <summary>Null if the train does not go there, or that is no question of approval.</summary>
    public static CellAnswer? Ask(CellDraft draft, CellInput.AskRollout asked, DateTimeOffset now)
    {
        if (
            asked.Ask is not (RolloutAsk.Approve or RolloutAsk.Revoke)
            || !draft.Trains.TryGet(TrainKey.Of(asked.Rollout.Train), out var train)
            || train is not { Phase: TrainPhase.Sealed or TrainPhase.Departed, Consist: { } consist }
            || draft.RouteOf(train).FirstOrDefault(each => each.Name == asked.Rollout.Stage)
                is not { Approval: not null } stage
        )
        {
            return null;
        }

        return asked.Ask == RolloutAsk.Approve
            ? Approve(draft, train, consist, stage, asked, now)
            : Revoke(draft, train, asked, now);
    }

    public static ImmutableArray<Approval> Of(Train train, StageName stage) =>
        [
            .. train
                .Approvals.Where(given => given.Stage == stage)
                .Select(given => new Approval(given.Actor, given.Reason, given.ConsistHash, given.At)
                {
                    For = given.For,
                }),
        ];

    private static CellAnswer Approve(
        CellDraft draft,
        Train train,
        Consist consist,
        Stage stage,
        CellInput.AskRollout asked,
        DateTimeOffset now
    )
    {
        var approved = new RolloutEvent.Approved(
            RolloutConduct.ApproverOf(draft, asked, now),
            asked.Reason,
            asked.ConsistHash
        );
        ImmutableArray<string> publishers =
        [
            .. consist.Cars.Select(car => draft.Versions[new VersionKey(car.Service, car.Version)].PublishedBy),
        ];
        if (ApprovalRights.Refusal(stage, consist.Hash, publishers, approved, asked.Rollout) is { } refused)
        {
            return RolloutConduct.Of(refused);
        }

        var others = train.Approvals.RemoveAll(given => given.Stage == stage.Name && given.Actor == asked.Actor);
        var beside = Of(train with { Approvals = others }, stage.Name)
            .Where(given => given.ConsistHash == consist.Hash);
        if (ApprovalRights.Beside(beside, stage, publishers, approved.By) is not Standing.Free(var other))
        {
            return new CellAnswer.Accepted(asked.Rollout.Value, $"{asked.Rollout} is approved ahead for you already.");
        }

        var given = new AdvanceApproval(stage.Name, asked.Actor, asked.Reason, consist.Hash, now) { For = other };
        draft.Put(train with { Approvals = others.Add(given) });
        var reason = other is null ? asked.Reason : $"for {other}: {asked.Reason}";
        draft.Record(now, asked.Actor, "rollout.approved-ahead", asked.Rollout.Value, reason);
        return new CellAnswer.Accepted(asked.Rollout.Value, $"{asked.Rollout} is approved ahead, for {consist.Hash}.");
    }

    private static CellAnswer Revoke(CellDraft draft, Train train, CellInput.AskRollout asked, DateTimeOffset now)
    {
        var left = train.Approvals.RemoveAll(given =>
            given.Stage == asked.Rollout.Stage && (given.Actor == asked.Actor || given.For == asked.Actor)
        );
        if (left.Length == train.Approvals.Length)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_phase",
                $"Cannot revoke an approval of {asked.Rollout}: {asked.Actor} has given none.",
                $"See where it stands: orc train status {train.Id}"
            );
        }

        draft.Put(train with { Approvals = left });
        draft.Record(now, asked.Actor, "rollout.approval-revoked", asked.Rollout.Value, asked.Reason);
        return new CellAnswer.Accepted(asked.Rollout.Value, $"{asked.Rollout} is no longer approved by you.");
    }
}
