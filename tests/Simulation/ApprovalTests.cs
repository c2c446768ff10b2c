using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Who lets a rollout go on, how many of them, for how long, and what happens when the glass is broken.</summary>
public sealed class ApprovalTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly ApprovalGate BeforeStage = new(ApprovalPoint.Stage, AllowsPublisher: false);
    private static readonly ApprovalGate BeforePromotion = new(ApprovalPoint.Promotion, AllowsPublisher: false);

    [Theory]
    [InlineData(ApprovalPoint.Stage)]
    [InlineData(ApprovalPoint.Promotion)]
    public void Two_different_people_must_approve_where_two_are_wanted(ApprovalPoint point)
    {
        var world = AWorld(BeforeStage with { Before = point, Count = 2 });

        var first = Approve(world, "bo");
        var same = Approve(world, "bo");
        world.Run(TimeSpan.FromSeconds(2));
        var between = Newest(world).Phase;
        var second = Approve(world, "cy");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.EndsWith(
            "1 more must approve it.",
            Assert.IsType<CellAnswer.Accepted>(first).Message,
            StringComparison.Ordinal
        );
        Assert.EndsWith(
            "1 more must approve it.",
            Assert.IsType<CellAnswer.Accepted>(same).Message,
            StringComparison.Ordinal
        );
        Assert.IsType<RolloutPhase.AwaitingApproval>(between);
        Assert.EndsWith("goes on.", Assert.IsType<CellAnswer.Accepted>(second).Message, StringComparison.Ordinal);
        Assert.Equal(["bo", "cy"], Newest(world).Approvals.Select(given => given.Actor));
    }

    [Fact]
    public void Only_members_of_the_named_groups_approve_and_reject()
    {
        var world = AWorld(BeforeStage with { Groups = ["payments", "on-call"] });

        var stranger = Ask(world, RolloutAsk.Approve, "bo", isApprover: true, "shipping");
        var rejected = Ask(world, RolloutAsk.Reject, "bo");
        var member = Ask(world, RolloutAsk.Approve, "cy", isApprover: false, "on-call");

        Assert.Equal("not_in_group", Assert.IsType<CellAnswer.Refused>(stranger).Code);
        Assert.Equal(RefusalKind.Forbidden, Assert.IsType<CellAnswer.Refused>(rejected).Kind);
        Assert.IsType<CellAnswer.Accepted>(member);
    }

    [Fact]
    public void Without_groups_the_role_of_the_stage_is_needed()
    {
        var world = AWorld(BeforeStage);

        var refused = Ask(world, RolloutAsk.Approve, "bo", isApprover: false, "on-call");

        Assert.Equal("role_missing", Assert.IsType<CellAnswer.Refused>(refused).Code);
    }

    [Fact]
    public void An_approval_is_revoked_as_long_as_nothing_has_come_of_it()
    {
        var world = AWorld(BeforeStage with { Count = 2 });
        Approve(world, "bo");

        var notMine = Ask(world, RolloutAsk.Revoke, "cy");
        var revoked = Ask(world, RolloutAsk.Revoke, "bo");
        Approve(world, "cy");
        var between = Newest(world).Phase;
        Approve(world, "bo");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);
        var late = Ask(world, RolloutAsk.Revoke, "bo");

        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(notMine).Code);
        Assert.IsType<CellAnswer.Accepted>(revoked);
        Assert.IsType<RolloutPhase.AwaitingApproval>(between);
        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(late).Code);
    }

    [Fact]
    public void What_is_approved_and_waits_for_a_window_waits_for_approval_again_when_that_is_revoked()
    {
        var world = AWorld(BeforeStage);
        world.Ask(new CellInput.Halt("ola", [], [Prod], TimeSpan.FromMinutes(5), "look"));
        Approve(world, "bo");
        world.Run(TimeSpan.FromSeconds(1));
        var held = Newest(world).Phase;

        Ask(world, RolloutAsk.Revoke, "bo");
        world.Run(TimeSpan.FromMinutes(6));

        Assert.IsType<RolloutPhase.Held>(held);
        Assert.IsType<RolloutPhase.AwaitingApproval>(Newest(world).Phase);
    }

    [Fact]
    public void An_approval_that_is_older_than_it_may_be_does_not_count_any_more()
    {
        var world = AWorld(BeforeStage with { ExpiresAfter = TimeSpan.FromMinutes(3) });
        world.Ask(new CellInput.Halt("ola", [], [Prod], TimeSpan.FromMinutes(4), "look"));
        Approve(world, "bo");

        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Held, Soon);
        world.RunUntil(each => each.Cell.Windows.IsEmpty, TimeSpan.FromMinutes(5));
        world.Run(TimeSpan.FromSeconds(1));

        Assert.IsType<RolloutPhase.AwaitingApproval>(Newest(world).Phase);
    }

    [Theory]
    [InlineData(ApprovalPoint.Stage, typeof(RolloutPhase.Cancelled))]
    [InlineData(ApprovalPoint.Promotion, typeof(RolloutPhase.RolledBack))]
    public void A_rollout_that_nobody_approves_in_time_is_given_up(ApprovalPoint point, Type end)
    {
        var world = AWorld(new ApprovalGate(point, AllowsPublisher: false) { ExpiresAfter = TimeSpan.FromMinutes(2) });

        world.RunUntil(each => RolloutMachine.IsFinished(Newest(each)), Soon);

        Assert.IsType(end, Newest(world).Phase);
        Assert.Contains(world.Journal, entry => entry.Reason == "nobody approved it for 0.03 h");
        Assert.Equal("1.0.0", Current(world));
    }

    [Fact]
    public void What_is_held_or_paused_longer_than_the_stage_allows_is_given_up()
    {
        var world = AWorld(approval: null, holdAtMost: TimeSpan.FromMinutes(2));
        Ask(world, RolloutAsk.Pause, "ola");

        world.RunUntil(each => RolloutMachine.IsFinished(Newest(each)), Soon);

        Assert.Equal("1.0.0", Current(world));
        Assert.Contains(world.Journal, entry => entry.Reason == "it was paused for 0.03 h");
    }

    [Fact]
    public void What_a_train_carries_is_approved_ahead_for_a_stage_that_it_has_not_come_to()
    {
        var world = AWorld(BeforeStage, waitsAt: Staging);
        var id = RolloutId.Of(world.Cell.Rollouts.Values.Last().Id.Train, Prod);

        var stale = Ask(world, id, RolloutAsk.Approve, "bo", "sha256:other");
        var own = Ask(world, id, RolloutAsk.Approve, "ana", hash: null);
        var ahead = Ask(world, id, RolloutAsk.Approve, "bo", world.Cell.Trains[TrainKey.Of(id.Train)].Consist!.Hash);
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.Equal("consist_changed", Assert.IsType<CellAnswer.Refused>(stale).Code);
        Assert.Equal("own_version", Assert.IsType<CellAnswer.Refused>(own).Code);
        Assert.IsType<CellAnswer.Accepted>(ahead);
        Assert.DoesNotContain(world.Journal, entry => entry.Action == "rollout.awaiting-approval");
        Assert.Equal("bo", Newest(world).Approval!.Actor);
    }

    [Fact]
    public void An_approval_ahead_is_revoked_before_the_train_is_there()
    {
        var world = AWorld(BeforeStage, waitsAt: Staging);
        var id = RolloutId.Of(world.Cell.Rollouts.Values.Last().Id.Train, Prod);
        Ask(world, id, RolloutAsk.Approve, "bo", hash: null);

        var nobodys = Ask(world, id, RolloutAsk.Revoke, "cy", hash: null);
        Ask(world, id, RolloutAsk.Revoke, "bo", hash: null);
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.AwaitingApproval, Soon);

        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(nobodys).Code);
    }

    [Fact]
    public void A_step_is_skipped_and_a_canary_promoted_by_a_person_only_where_there_is_one()
    {
        var world = AWorld(BeforePromotion, requestsPerSecond: 0, until: phase => phase is RolloutPhase.Judging);

        var skipped = Ask(world, RolloutAsk.Skip, "ola");
        world.Run(TimeSpan.FromSeconds(1));
        var between = Newest(world).Phase;
        var again = Ask(world, RolloutAsk.Promote, "ola");
        Approve(world, "bo");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.IsType<CellAnswer.Accepted>(skipped);
        Assert.IsType<RolloutPhase.AwaitingApproval>(between);
        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(again).Code);
        Assert.Contains(
            world.Journal,
            entry => entry is { Action: "rollout.step-skipped", Actor: "ola", Reason: "step 1 of 1: because" }
        );
    }

    [Fact]
    public void An_inconclusive_canary_is_promoted_by_a_person()
    {
        var world = AWorld(approval: null, requestsPerSecond: 0, until: phase => phase is RolloutPhase.Held);

        Ask(world, RolloutAsk.Promote, "ola");

        world.RunUntil(each => Current(each) == "1.1.0", Soon);
    }

    [Fact]
    public void Broken_glass_lets_an_express_through_windows_and_approvals_and_stays_open_until_another_has_reviewed_it()
    {
        var world = AWorld(BeforePromotion);
        world.Ask(new CellInput.Halt("ola", [], [], Within: null, "freeze"));

        var without = BreakGlass(world, "1.1.0", "");
        var broken = BreakGlass(world, "1.1.0", "customers cannot pay");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);
        var train = world.Cell.Trains.Values.Last(each => each.Consist is not null);
        var own = world.Ask(new CellInput.ReviewTrain("ola", train.Id, "fine"));
        var wordless = world.Ask(new CellInput.ReviewTrain("bo", train.Id, ""));
        world.Ask(new CellInput.ReviewTrain("bo", train.Id, "the freeze was right, the fix as well"));

        Assert.Equal("reason_missing", Assert.IsType<CellAnswer.Refused>(without).Code);
        Assert.IsType<CellAnswer.Accepted>(broken);
        Assert.True(train.NeedsReview);
        Assert.Equal("own_order", Assert.IsType<CellAnswer.Refused>(own).Code);
        Assert.Equal("reason_missing", Assert.IsType<CellAnswer.Refused>(wordless).Code);
        Assert.False(world.Cell.Trains[TrainKey.Of(train.Id)].NeedsReview);
        Assert.Contains(world.Journal, entry => entry is { Action: "rollout.approval-waived", Actor: "ola" });
    }

    [Fact]
    public void Broken_glass_is_whole_again_when_its_time_is_over_and_never_skips_the_judge()
    {
        var world = AWorld(BeforeStage, waitsAt: Staging);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.1")));
        world.ErrorPercent["1.1.1"] = 40;

        BreakGlass(world, "1.1.1", "r", TimeSpan.FromSeconds(1));
        world.RunUntil(each => Ended(each, "1.1.1"), Soon);
        world.ErrorPercent.Clear();
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.2")));
        BreakGlass(world, "1.1.2", "r", TimeSpan.FromSeconds(1));
        world.RunUntil(
            each =>
                Newest(each) is { Phase: RolloutPhase.AwaitingApproval } rollout && rollout.To.ToString() == "1.1.2",
            Soon
        );

        Assert.Equal("1.0.0", Current(world));
    }

    private static bool Ended(World world, string version) =>
        world.Cell.Trains.Values.Last(each => each.Consist?.Cars[0].Version.ToString() == version).Phase
            is TrainPhase.Recalled
                or TrainPhase.ArrivedPartial;

    private static World AWorld(
        ApprovalGate? approval,
        StageName? waitsAt = null,
        int requestsPerSecond = 60,
        TimeSpan? holdAtMost = null,
        Func<RolloutPhase, bool>? until = null
    )
    {
        var world = new World(seed: 1, hosts: 3);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => Current(each) == "1.0.0", Soon);
        var line = ALine(approval);
        var prod = line.Route[1] with { HoldAtMost = holdAtMost ?? line.Route[1].HoldAtMost };
        world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [], [], [line with { Route = [line.Route[0], prod] }]),
                PlanId: null,
                IsDryRun: false
            )
        );
        world.RequestsPerSecond = requestsPerSecond;
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        until ??= phase => approval is null ? phase is RolloutPhase.Baking : phase is RolloutPhase.AwaitingApproval;
        world.RunUntil(
            each =>
                waitsAt == Staging
                    ? each.Cell.Rollouts.Values.Last().Id.Stage == Staging
                        && each.Cell.Rollouts.Values.Last().To.ToString() == "1.1.0"
                    : Newest(each).To.ToString() == "1.1.0" && until(Newest(each).Phase),
            TimeSpan.FromMinutes(8)
        );
        return world;
    }

    private static CellAnswer Approve(World world, string actor) => Ask(world, RolloutAsk.Approve, actor);

    private static CellAnswer Ask(
        World world,
        RolloutAsk ask,
        string actor,
        bool isApprover = true,
        params string[] groups
    ) =>
        world.Ask(
            new CellInput.AskRollout(actor, Newest(world).Id, ask, "because", ConsistHash: null)
            {
                IsApprover = isApprover,
                Groups = [.. groups],
            }
        );

    private static CellAnswer Ask(World world, RolloutId id, RolloutAsk ask, string actor, string? hash) =>
        world.Ask(new CellInput.AskRollout(actor, id, ask, "because", hash));

    private static CellAnswer BreakGlass(World world, string version, string reason, TimeSpan? time = null) =>
        world.Ask(
            new CellInput.OrderExpress("ola", Checkout, SemanticVersion.Parse(version), reason)
            {
                BreakGlassFor = time ?? TimeSpan.FromHours(1),
            }
        );

    private static Rollout Newest(World world) =>
        world.Cell.Rollouts.Values.Where(each => each.Stage.Name == Prod).MaxBy(each => each.Id.Train.Number)!;

    private static string? Current(World world) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, Prod))?.Current?.ToString();
}
