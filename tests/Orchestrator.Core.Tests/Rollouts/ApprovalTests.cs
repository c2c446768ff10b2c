using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Rollouts.Rolling;

namespace Orchestrator.Core.Tests.Rollouts;

/// <summary>What people are shown of a rollout before they decide about it.</summary>
public sealed class ApprovalTests
{
    private static readonly Approver Stranger = new("cy", IsOfStage: false, ["post"]);
    private static readonly Approver Publisher = new("ana", IsOfStage: true, ["keepers"]);
    private static readonly Approver Other = new("bo", IsOfStage: true, ["keepers"]);

    [Fact]
    public void A_stage_without_groups_concerns_its_approvers() =>
        Assert.Equal((false, true, true), Concerned(Waiting(new ApprovalGate(ApprovalPoint.Stage, false))));

    [Fact]
    public void A_stage_with_groups_concerns_their_members_and_whoever_acts_for_one()
    {
        var rollout = Waiting(new ApprovalGate(ApprovalPoint.Stage, false) { Groups = ["post"] });
        var acting = Other with { Delegations = [ByStranger(new DelegationScope.OfGroup("post"))] };

        Assert.Equal((true, false, false), Concerned(rollout));
        Assert.True(RolloutApprovals.ConcernsThem(rollout, acting));
    }

    /// <summary>It concerns its publisher all the same: they may reject it.</summary>
    [Theory]
    [InlineData(false, "own_version")]
    [InlineData(true, null)]
    public void A_publisher_approves_only_where_the_policy_says_so(bool allowsPublisher, string? code)
    {
        var rollout = Waiting(new ApprovalGate(ApprovalPoint.Stage, allowsPublisher));

        Assert.Equal(code, RolloutApprovals.RefusalTo(rollout, Publisher)?.Code);
        Assert.Null(RolloutApprovals.RefusalTo(rollout, Other));
        Assert.Equal("role_missing", RolloutApprovals.RefusalTo(rollout, Stranger)?.Code);
        Assert.True(RolloutApprovals.ConcernsThem(rollout, Publisher));
    }

    [Fact]
    public void An_approval_counts_once_and_until_it_expires()
    {
        var gate = new ApprovalGate(ApprovalPoint.Stage, false) { Count = 2, ExpiresAfter = TimeSpan.FromHours(1) };
        var rollout = Waiting(gate);
        var approved = rollout with { Approvals = [new Approval("bo", "fine", rollout.ConsistHash, Noon)] };
        var (last, over) = (Noon.AddHours(1).AddTicks(-1), Noon.AddHours(1));

        Assert.Equal((2, 1), (RolloutApprovals.Missing(rollout, Noon), RolloutApprovals.Missing(approved, Noon)));
        Assert.False(RolloutApprovals.HasCounted(rollout, Other, Noon));
        Assert.Equal(
            (1, true),
            (RolloutApprovals.Missing(approved, last), RolloutApprovals.HasCounted(approved, Other, last))
        );
        Assert.Equal(
            (2, false),
            (RolloutApprovals.Missing(approved, over), RolloutApprovals.HasCounted(approved, Other, over))
        );
    }

    private static Delegation ByStranger(DelegationScope of) =>
        new()
        {
            Number = 1,
            From = Stranger.Name,
            To = Other.Name,
            Of = of,
            Until = Noon.AddDays(1),
            Reason = "leave",
            CreatedAt = Noon,
        };

    private static (bool Stranger, bool Publisher, bool Other) Concerned(Rollout rollout) =>
        (
            RolloutApprovals.ConcernsThem(rollout, Stranger),
            RolloutApprovals.ConcernsThem(rollout, Publisher),
            RolloutApprovals.ConcernsThem(rollout, Other)
        );

    private static Rollout Waiting(ApprovalGate gate)
    {
        var rollout = ARollout(Rollingly, new RolloutPhase.AwaitingApproval(gate.Before, Noon));
        return rollout with { Stage = rollout.Stage with { Approval = gate } };
    }
}
