using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>People who approve in others' stead. Ana published, bo and cy are members, dee and eve are nobody.</summary>
public sealed class DelegationTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly DelegationScope Payments = new DelegationScope.OfGroup("payments");
    private static readonly ApprovalGate ByGroup = new(ApprovalPoint.Stage, AllowsPublisher: false)
    {
        Groups = ["payments"],
    };
    private static readonly ApprovalGate ByRole = new(ApprovalPoint.Stage, AllowsPublisher: false);

    [Fact]
    public void A_person_approves_in_anothers_stead_and_it_is_recorded_so()
    {
        var world = AWorld(ByGroup);

        var before = Approve(world, "dee");
        var created = Delegate(world, "bo", "dee");
        var approved = Approve(world, "dee");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.Equal("not_in_group", Assert.IsType<CellAnswer.Refused>(before).Code);
        Assert.Equal("1", Assert.IsType<CellAnswer.Accepted>(created).Subject);
        Assert.EndsWith(
            "is approved for bo and goes on.",
            Assert.IsType<CellAnswer.Accepted>(approved).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(("dee", "bo"), (Newest(world).Approval!.Actor, Newest(world).Approval!.For));
        Assert.Contains(
            world.Journal,
            entry => entry is { Action: "rollout.approved", Actor: "dee", Reason: "for bo: because" }
        );
    }

    [Fact]
    public void A_delegation_holds_only_for_what_it_is_about()
    {
        var world = AWorld(ByGroup);
        Delegate(world, "bo", "dee", new DelegationScope.OfGroup("shipping"));
        Delegate(world, "bo", "dee", new DelegationScope.OfStage(Prod));

        var byGroup = Approve(world, "dee");
        var other = AWorld(ByRole);
        Delegate(other, "bo", "dee");
        Delegate(other, "bo", "dee", new DelegationScope.OfStage(Staging));
        var byStage = Approve(other, "dee");
        Delegate(other, "bo", "dee", new DelegationScope.OfStage(Prod));
        var right = Approve(other, "dee");

        Assert.Equal("not_in_group", Assert.IsType<CellAnswer.Refused>(byGroup).Code);
        Assert.Equal("role_missing", Assert.IsType<CellAnswer.Refused>(byStage).Code);
        Assert.IsType<CellAnswer.Accepted>(right);
    }

    [Theory]
    [InlineData("dee", "bo")]
    [InlineData("bo", "dee")]
    public void Who_approves_for_another_and_that_other_count_once(string first, string second)
    {
        var world = AWorld(ByGroup with { Count = 2 });
        Delegate(world, "bo", "dee");

        Approve(world, first);
        var again = Approve(world, second);
        world.Run(TimeSpan.FromSeconds(1));
        var between = Newest(world).Phase;
        Approve(world, "cy");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.EndsWith(
            "1 more must approve it.",
            Assert.IsType<CellAnswer.Accepted>(again).Message,
            StringComparison.Ordinal
        );
        Assert.IsType<RolloutPhase.AwaitingApproval>(between);
    }

    [Fact]
    public void One_person_for_two_others_counts_once_and_two_for_the_same_as_well()
    {
        var world = AWorld(ByGroup with { Count = 3 });
        Delegate(world, "bo", "dee");
        Delegate(world, "cy", "dee");
        Delegate(world, "bo", "eve");

        Approve(world, "dee");
        Approve(world, "dee");
        Approve(world, "eve");

        Assert.Equal(2, RolloutApprovals.Missing(Newest(world), world.Now));
    }

    [Fact]
    public void Who_stands_in_for_two_approves_for_the_one_who_has_not_yet()
    {
        var world = AWorld(ByGroup with { Count = 2 });
        Delegate(world, "bo", "dee");
        Delegate(world, "cy", "dee");

        Approve(world, "bo");
        Approve(world, "dee");

        Assert.Equal([("bo", null), ("dee", "cy")], Newest(world).Approvals.Select(given => (given.Actor, given.For)));
    }

    [Fact]
    public void A_member_who_stands_in_for_another_approves_for_himself()
    {
        var world = AWorld(ByGroup with { Count = 2 });
        Delegate(world, "bo", "cy");

        Approve(world, "cy");
        Approve(world, "bo");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.All(Newest(world).Approvals, given => Assert.Null(given.For));
    }

    [Fact]
    public void Who_published_the_version_has_no_part_in_its_approval()
    {
        var world = AWorld(ByGroup);
        Delegate(world, "ana", "dee");
        Delegate(world, "bo", "ana");

        var forPublisher = Approve(world, "dee");
        var byPublisher = Approve(world, "ana");

        Assert.Equal("own_version", Assert.IsType<CellAnswer.Refused>(forPublisher).Code);
        Assert.Equal("own_version", Assert.IsType<CellAnswer.Refused>(byPublisher).Code);
        Assert.Empty(Newest(world).Approvals);
    }

    [Fact]
    public void What_is_delegated_is_not_delegated_on()
    {
        var world = AWorld(ByGroup);
        Delegate(world, "bo", "dee");

        var chain = Delegate(world, "dee", "eve", hasRight: false);
        var stranger = Delegate(world, "eve", "dee", hasRight: false);

        Assert.Equal("delegation_chain", Assert.IsType<CellAnswer.Refused>(chain).Code);
        Assert.Equal("role_missing", Assert.IsType<CellAnswer.Refused>(stranger).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_has_ended_counts_no_longer_for_what_is_given_later_but_for_what_was_given(bool isRevoked)
    {
        var world = AWorld(ByGroup with { Count = 2 });
        Delegate(world, "bo", "dee", within: TimeSpan.FromSeconds(30));
        Delegate(world, "cy", "eve", within: TimeSpan.FromSeconds(30));
        Approve(world, "dee");

        if (isRevoked)
        {
            world.Ask(new CellInput.RevokeDelegation("bo", 1, "back", IsAdmin: false));
            world.Ask(new CellInput.RevokeDelegation("eve", 2, "no time", IsAdmin: false));
        }
        else
        {
            world.Run(TimeSpan.FromSeconds(30));
        }

        var late = Approve(world, "eve");
        Approve(world, "cy");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.Equal("not_in_group", Assert.IsType<CellAnswer.Refused>(late).Code);
        Assert.Equal("bo", Newest(world).Approvals[0].For);
    }

    [Fact]
    public void Only_the_two_and_admins_end_a_delegation()
    {
        var world = AWorld(ByGroup);
        Delegate(world, "bo", "dee");

        var strange = world.Ask(new CellInput.RevokeDelegation("eve", 1, "r", IsAdmin: false));
        var unknown = world.Ask(new CellInput.RevokeDelegation("bo", 9, "r", IsAdmin: true));
        var admin = world.Ask(new CellInput.RevokeDelegation("root", 1, "r", IsAdmin: true));
        var again = world.Ask(new CellInput.RevokeDelegation("bo", 1, "r", IsAdmin: false));

        Assert.Equal("not_yours", Assert.IsType<CellAnswer.Refused>(strange).Code);
        Assert.Equal("delegation_unknown", Assert.IsType<CellAnswer.Refused>(unknown).Code);
        Assert.IsType<CellAnswer.Accepted>(admin);
        Assert.IsType<CellAnswer.Accepted>(again);
        Assert.Equal("root", world.Cell.Delegations[1].Revoked!.Actor);
        Assert.Single(world.Journal, entry => entry.Action == "delegation.revoked");
    }

    [Fact]
    public void Both_take_back_what_one_approved_for_the_other_and_he_rejects_in_his_stead()
    {
        var world = AWorld(ByGroup with { Count = 2 });
        Delegate(world, "bo", "dee");

        Approve(world, "dee");
        var byOther = Ask(world, RolloutAsk.Revoke, "bo");
        Approve(world, "dee");
        var bySelf = Ask(world, RolloutAsk.Revoke, "dee");
        Ask(world, RolloutAsk.Reject, "dee");

        Assert.IsType<CellAnswer.Accepted>(byOther);
        Assert.IsType<CellAnswer.Accepted>(bySelf);
        Assert.Equal(new RolloutPhase.Cancelled("rejected by dee for bo: because"), Newest(world).Phase);
    }

    [Fact]
    public void A_delegation_that_makes_no_sense_is_refused()
    {
        var world = AWorld(ByGroup);

        var self = Delegate(world, "bo", "bo");
        var past = Delegate(world, "bo", "dee", within: TimeSpan.Zero);
        var tooLong = Delegate(world, "bo", "dee", within: 30 * Day + TimeSpan.FromSeconds(1));
        var longest = Delegate(world, "bo", "dee", within: 30 * Day);
        var wordless = Delegate(world, "bo", "dee", reason: "");

        Assert.Equal("delegated_to_self", Assert.IsType<CellAnswer.Refused>(self).Code);
        Assert.Equal("out_of_range", Assert.IsType<CellAnswer.Refused>(past).Code);
        Assert.Equal("out_of_range", Assert.IsType<CellAnswer.Refused>(tooLong).Code);
        Assert.IsType<CellAnswer.Accepted>(longest);
        Assert.Equal("reason_missing", Assert.IsType<CellAnswer.Refused>(wordless).Code);
    }

    [Fact]
    public void What_ended_long_ago_is_forgotten_and_no_number_is_given_twice()
    {
        var world = AWorld(ByGroup);
        Delegate(world, "bo", "dee", within: TimeSpan.FromSeconds(1));
        Delegate(world, "bo", "eve", within: TimeSpan.FromSeconds(1));
        world.Pass(31 * Day);

        var next = Delegate(world, "cy", "dee");

        Assert.Equal("3", Assert.IsType<CellAnswer.Accepted>(next).Subject);
        Assert.Equal([2, 3], world.Cell.Delegations.Keys);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1_000)]
    public void Where_there_are_as_many_as_there_may_be_revoking_one_makes_room(int revoked)
    {
        var world = AWorld(ByGroup);
        var until = world.Now + Day;
        var all = Enumerable.Range(1, 1_000).Select(_ => ToDee(until)).ToList();

        var made = world.AskAll(all);
        var tooMany = world.Ask(ToDee(until));
        world.Ask(new CellInput.RevokeDelegation("bo", revoked, "enough", IsAdmin: false));
        var then = world.Ask(ToDee(until));
        var again = world.Ask(ToDee(until));

        Assert.All(made, answer => Assert.IsType<CellAnswer.Accepted>(answer));
        Assert.Equal("too_many_delegations", Assert.IsType<CellAnswer.Refused>(tooMany).Code);
        Assert.Equal("1001", Assert.IsType<CellAnswer.Accepted>(then).Subject);
        Assert.Equal("too_many_delegations", Assert.IsType<CellAnswer.Refused>(again).Code);
        Assert.DoesNotContain(revoked, world.Cell.Delegations.Keys);
        Assert.Equal(1_000, world.Cell.Delegations.Count);
    }

    [Fact]
    public void The_journal_says_who_delegated_what_and_who_ended_it()
    {
        var world = AWorld(ByGroup);
        Delegate(world, "bo", "dee");
        world.Ask(new CellInput.RevokeDelegation("dee", 1, "no time", IsAdmin: false));

        var entries = world.Journal.Where(entry => entry.Action.StartsWith("delegation.", StringComparison.Ordinal));

        Assert.Equal(
            [("delegation.created", "bo", "1", "away"), ("delegation.revoked", "dee", "1", "no time")],
            entries.Select(entry => (entry.Action, entry.Actor, entry.Subject, entry.Reason.Split(": ")[^1]))
        );
    }

    [Fact]
    public void What_a_train_carries_is_approved_ahead_in_anothers_stead_and_once()
    {
        var world = AWorld(ByGroup with { Count = 2 }, waitsAt: Staging);
        var id = RolloutId.Of(world.Cell.Rollouts.Values.Last().Id.Train, Prod);
        Delegate(world, "bo", "dee");

        Ask(world, RolloutAsk.Approve, "dee", id);
        var same = Ask(world, RolloutAsk.Approve, "bo", id);
        Ask(world, RolloutAsk.Approve, "cy", id);
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.EndsWith(
            "is approved ahead for you already.",
            Assert.IsType<CellAnswer.Accepted>(same).Message,
            StringComparison.Ordinal
        );
        Assert.Equal([("dee", "bo"), ("cy", null)], Newest(world).Approvals.Select(given => (given.Actor, given.For)));
    }

    private static World AWorld(ApprovalGate approval, StageName? waitsAt = null)
    {
        var world = new World(seed: 1, hosts: 3);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => Current(each) == "1.0.0", Soon);
        world.Ask(
            new CellInput.Apply("root", new ManifestSet([], [], [], [ALine(approval)]), PlanId: null, IsDryRun: false)
        );
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(
            each =>
                waitsAt is null
                    ? Newest(each).Phase is RolloutPhase.AwaitingApproval
                    : each.Cell.Rollouts.Values.Last() is { } last
                        && last.Id.Stage == waitsAt
                        && last.To.ToString() == "1.1.0",
            Soon
        );
        return world;
    }

    private static CellInput.CreateDelegation ToDee(DateTimeOffset until) =>
        new("bo", "dee", Payments, until, "away", HasRight: true);

    private static CellAnswer Delegate(
        World world,
        string from,
        string to,
        DelegationScope? of = null,
        TimeSpan? within = null,
        string reason = "away",
        bool hasRight = true
    ) =>
        world.Ask(
            new CellInput.CreateDelegation(from, to, of ?? Payments, world.Now + (within ?? Day), reason, hasRight)
        );

    private static CellAnswer Approve(World world, string actor) => Ask(world, RolloutAsk.Approve, actor);

    private static CellAnswer Ask(World world, RolloutAsk ask, string actor, RolloutId? id = null) =>
        world.Ask(
            new CellInput.AskRollout(actor, id ?? Newest(world).Id, ask, "because", ConsistHash: null)
            {
                IsApprover = actor is "ana" or "bo" or "cy",
                Groups = actor is "ana" or "bo" or "cy" ? ["payments"] : [],
            }
        );

    private static Rollout Newest(World world) =>
        world.Cell.Rollouts.Values.Where(each => each.Stage.Name == Prod).MaxBy(each => each.Id.Train.Number)!;

    private static string? Current(World world) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, Prod))?.Current?.ToString();
}
