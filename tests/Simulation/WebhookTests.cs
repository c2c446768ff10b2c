using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Other systems that let a rollout go on, or do not, or never say.</summary>
public sealed class WebhookTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly WebhookAnswer Yes = new WebhookAnswer.Allowed("all well");

    [Theory]
    [InlineData(ApprovalPoint.Stage)]
    [InlineData(ApprovalPoint.Promotion)]
    public void A_rollout_goes_on_once_all_of_its_webhooks_have_opened(ApprovalPoint point)
    {
        var world = AWorld([new WebhookGate("load-test", point), new WebhookGate("tickets", point)]);

        var asked = Due(world);
        Answer(world, "load-test", point, Yes);
        world.Run(TimeSpan.FromSeconds(2));
        var between = Newest(world).Phase;
        var left = Due(world);
        Answer(world, "tickets", point, Yes);
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.Equal(["load-test", "tickets"], asked.Select(question => question.Gate.Name));
        Assert.Equal(
            new RolloutPhase.Held(new RolloutPhase.AwaitingWebhooks(point), "webhook tickets has not answered yet"),
            between
        );
        Assert.Equal(["tickets"], left.Select(question => question.Gate.Name));
        Assert.Contains(
            world.Journal,
            entry => entry is { Actor: "webhook:tickets", Action: "rollout.webhook-opened", Reason: "all well" }
        );
    }

    [Fact]
    public void Who_refuses_is_asked_another_question_later_and_who_gives_no_answer_the_same_again_sooner()
    {
        var world = AWorld([new WebhookGate("load-test", ApprovalPoint.Stage)]);

        Answer(world, "load-test", ApprovalPoint.Stage, new WebhookAnswer.Failed("down"));
        var atOnce = Due(world);
        world.Run(TimeSpan.FromSeconds(1));
        var again = Assert.Single(Due(world));
        Answer(world, "load-test", ApprovalPoint.Stage, new WebhookAnswer.Refused("too slow"));
        world.Run(TimeSpan.FromSeconds(59));
        var early = Due(world);
        var held = Newest(world).Phase;
        world.Run(TimeSpan.FromSeconds(1));
        var another = Assert.Single(Due(world));
        Answer(world, "load-test", ApprovalPoint.Stage, Yes, round: 1);
        world.Run(TimeSpan.FromSeconds(1));
        var late = Newest(world).Phase;
        Answer(world, "load-test", ApprovalPoint.Stage, Yes, round: 2);
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.Empty(atOnce);
        Assert.Equal((1, 2), (again.Round, again.Attempt));
        Assert.Empty(early);
        Assert.Equal("webhook load-test refuses: too slow", Assert.IsType<RolloutPhase.Held>(held).Reason);
        Assert.Equal((2, 3), (another.Round, another.Attempt));
        Assert.IsType<RolloutPhase.Held>(late);
    }

    [Fact]
    public void Failures_are_retried_after_twice_as_long_each_and_never_later_than_the_interval()
    {
        var world = AWorld([new WebhookGate("load-test", ApprovalPoint.Stage) { Every = TimeSpan.FromSeconds(10) }]);

        var delays = new List<double>();
        foreach (var _ in Enumerable.Range(1, 20))
        {
            Answer(world, "load-test", ApprovalPoint.Stage, new WebhookAnswer.Failed("down"));
            var state = Assert.Single(Newest(world).Webhooks);
            delays.Add((state.AskAgainAt - state.At).TotalSeconds);
        }

        Assert.Equal([1, 2, 4, 8, 10, 10], delays.Take(6));
        Assert.All(delays.Skip(4), delay => Assert.Equal(10, delay));
        Assert.Single(world.Journal, entry => entry.Action == "rollout.webhook-failed");
    }

    [Theory]
    [InlineData(ApprovalPoint.Stage, typeof(RolloutPhase.Cancelled))]
    [InlineData(ApprovalPoint.Promotion, typeof(RolloutPhase.RolledBack))]
    public void A_rollout_whose_webhook_never_opens_is_given_up(ApprovalPoint point, Type end)
    {
        var world = AWorld([new WebhookGate("load-test", point)], holdAtMost: TimeSpan.FromMinutes(2));
        Answer(world, "load-test", point, new WebhookAnswer.Refused("no"));

        world.RunUntil(each => RolloutMachine.IsFinished(Newest(each)), Soon);

        Assert.IsType(end, Newest(world).Phase);
        Assert.Contains(world.Journal, entry => entry.Reason == "it was held for 0.03 h");
        Assert.Equal("1.0.0", Current(world));
    }

    [Fact]
    public void A_bad_canary_goes_back_while_it_waits_for_a_webhook()
    {
        var world = AWorld([new WebhookGate("load-test", ApprovalPoint.Promotion)]);
        world.ErrorPercent["1.1.0"] = 60;

        world.RunUntil(each => Newest(each).Phase is RolloutPhase.RolledBack, Soon);

        Assert.Equal("1.0.0", Current(world));
    }

    [Theory]
    [InlineData(ApprovalPoint.Stage)]
    [InlineData(ApprovalPoint.Promotion)]
    public void Webhooks_are_asked_while_people_are_waited_for_and_approval_alone_opens_nothing(ApprovalPoint point)
    {
        var world = AWorld([new WebhookGate("load-test", point)], new ApprovalGate(point, AllowsPublisher: false));
        var asked = Due(world);

        var approved = Ask(world, RolloutAsk.Approve, "bo");
        world.Run(TimeSpan.FromSeconds(2));
        var held = Newest(world).Phase;
        Ask(world, RolloutAsk.Revoke, "bo");
        world.Run(TimeSpan.FromSeconds(2));
        var revoked = Newest(world).Phase;
        Answer(world, "load-test", point, Yes);
        world.Run(TimeSpan.FromSeconds(2));
        var opened = Newest(world).Phase;
        Ask(world, RolloutAsk.Approve, "bo");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.Single(asked);
        Assert.IsType<CellAnswer.Accepted>(approved);
        Assert.IsType<RolloutPhase.AwaitingWebhooks>(Assert.IsType<RolloutPhase.Held>(held).Resume);
        Assert.IsType<RolloutPhase.AwaitingApproval>(revoked);
        Assert.IsType<RolloutPhase.AwaitingApproval>(opened);
    }

    [Fact]
    public void A_person_goes_on_without_a_webhook_with_a_reason_only_and_only_while_it_is_waited_for()
    {
        var world = AWorld([new WebhookGate("load-test", ApprovalPoint.Promotion)]);

        var wordless = Skip(world, "load-test", "");
        var unknown = Skip(world, "tickets", "because");
        var resumed = Ask(world, RolloutAsk.Resume, "ola");
        var skipped = Skip(world, "load-test", "the test bed burns");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);
        var late = Skip(world, "load-test", "because");

        Assert.Equal("reason_missing", Assert.IsType<CellAnswer.Refused>(wordless).Code);
        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(unknown).Code);
        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(resumed).Code);
        Assert.IsType<CellAnswer.Accepted>(skipped);
        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(late).Code);
        Assert.Contains(
            world.Journal,
            entry =>
                entry is { Action: "rollout.webhook-skipped", Actor: "ola", Reason: "load-test: the test bed burns" }
        );
    }

    [Theory]
    [InlineData(ApprovalPoint.Stage)]
    [InlineData(ApprovalPoint.Promotion)]
    public void Broken_glass_needs_no_webhook_and_a_rollback_by_order_asks_none(ApprovalPoint point)
    {
        var world = AWorld([new WebhookGate("load-test", point)]);

        world.Ask(
            new CellInput.OrderExpress("ola", Checkout, SemanticVersion.Parse("1.1.0"), "customers cannot pay")
            {
                BreakGlassFor = TimeSpan.FromHours(1),
            }
        );
        world.RunUntil(each => Current(each) == "1.1.0", Soon);
        world.Ask(new CellInput.OrderRollback("ola", Checkout, Prod, SemanticVersion.Parse("1.0.0"), "back"));
        world.RunUntil(each => Current(each) == "1.0.0", Soon);

        Assert.DoesNotContain(world.Journal, entry => entry.Action == "rollout.webhook-opened");
    }

    [Fact]
    public void A_canary_that_a_window_took_out_is_asked_about_anew()
    {
        var world = AWorld([
            new WebhookGate("load-test", ApprovalPoint.Promotion),
            new WebhookGate("tickets", ApprovalPoint.Promotion),
        ]);
        Answer(world, "load-test", ApprovalPoint.Promotion, Yes);
        world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [], [], []) { Windows = [AFreeze(world.Now)] },
                PlanId: null,
                IsDryRun: false
            )
        );

        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Held(RolloutPhase.Planned, _), Soon);
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Held(RolloutPhase.AwaitingWebhooks, _), Soon);

        Assert.Equal(["load-test", "tickets"], Due(world).Select(question => question.Gate.Name));
    }

    [Fact]
    public void Who_takes_over_asks_what_was_not_answered_and_knows_what_was()
    {
        var world = AWorld([
            new WebhookGate("load-test", ApprovalPoint.Stage),
            new WebhookGate("tickets", ApprovalPoint.Stage),
        ]);
        Answer(world, "load-test", ApprovalPoint.Stage, Yes);

        world.Crash();
        world.Run(TimeSpan.FromSeconds(1));

        Assert.Equal((1, 1), Assert.Single(Due(world)) is var left ? (left.Round, left.Attempt) : default);
    }

    /// <summary>Answers of all kinds at random, stale ones among them, and people and crashes between: the invariants hold after each.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Nothing_passes_a_webhook_that_has_not_opened_whatever_comes(int seed)
    {
        var random = new Random(seed);
        WebhookGate[] gates =
        [
            new("a", ApprovalPoint.Stage),
            new("b", ApprovalPoint.Promotion),
            new("c", ApprovalPoint.Promotion) { Every = TimeSpan.FromSeconds(5) },
        ];
        var world = AWorld(gates, new ApprovalGate(ApprovalPoint.Promotion, AllowsPublisher: false));
        var opened = new HashSet<(RolloutId, string)>();
        var check = world.Check;
        world.Check = each =>
        {
            check(each);
            foreach (var rollout in each.Cell.Rollouts.Values.Where(rollout => rollout.Stage.Webhooks.Length > 0))
            {
                var isIn = RolloutMachine.Underlying(rollout.Phase) is RolloutPhase.Deploying or RolloutPhase.Baking;
                var isOver = rollout.Phase is RolloutPhase.Promoting or RolloutPhase.Succeeded;
                Assert.True(!(isIn || isOver) || opened.Contains((rollout.Id, "a")), each.Tail());
                Assert.True(!isOver || opened.Contains((rollout.Id, "b")), each.Tail());
                Assert.True(!isOver || opened.Contains((rollout.Id, "c")), each.Tail());
            }
        };

        for (var step = 0; step < 400; step++)
        {
            AnswerAnyhow(world, gates[random.Next(gates.Length)], random, opened);
            Meddle(world, random.Next(20));
            world.Run(TimeSpan.FromMilliseconds(400));
        }
    }

    private static void AnswerAnyhow(World world, WebhookGate gate, Random random, HashSet<(RolloutId, string)> opened)
    {
        var rollout = Newest(world);
        if (RolloutWebhooks.StateOf(rollout, gate) is { IsOpen: true })
        {
            return;
        }

        var round = 1 + random.Next(2);
        WebhookAnswer answer = random.Next(6) switch
        {
            0 => Yes,
            1 => new WebhookAnswer.Pending(""),
            2 => new WebhookAnswer.Failed("down"),
            _ => new WebhookAnswer.Refused("no"),
        };
        // Noted before, since what follows from it is checked at once; and taken back if it was not heard.
        opened.Add((rollout.Id, gate.Name));
        Answer(world, gate.Name, gate.Before, answer, round);
        if (RolloutWebhooks.StateOf(Newest(world), gate) is not { Answer: WebhookAnswer.Allowed })
        {
            opened.Remove((rollout.Id, gate.Name));
        }
    }

    private static void Meddle(World world, int what)
    {
        RolloutAsk[] asks =
        [
            RolloutAsk.Approve,
            RolloutAsk.Pause,
            RolloutAsk.Resume,
            RolloutAsk.Revoke,
            RolloutAsk.Promote,
        ];
        if (what < asks.Length)
        {
            Ask(world, asks[what], "bo");
        }
        else if (what == asks.Length)
        {
            world.Crash();
        }
    }

    private static Window AFreeze(DateTimeOffset now) =>
        new()
        {
            Name = WindowName.Parse("freeze"),
            Effect = WindowEffect.Deny,
            Services = [],
            Stages = [Prod],
            Zone = "UTC",
            Recurring = [],
            Dated = [new DatedPeriod(now.UtcDateTime.AddSeconds(2), now.UtcDateTime.AddSeconds(60))],
            OnClose = WindowClosing.Hold,
            Reason = "look",
            HaltedBy = null,
            Periods = [],
            KnownUntil = default,
        };

    /// <summary>Version 1.1.0 has come to where it waits for them.</summary>
    private static World AWorld(WebhookGate[] webhooks, ApprovalGate? approval = null, TimeSpan? holdAtMost = null)
    {
        var world = new World(seed: 1, hosts: 3);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => Current(each) == "1.0.0", Soon);
        var line = ALine(approval);
        var prod = line.Route[1] with { Webhooks = [.. webhooks], HoldAtMost = holdAtMost ?? TimeSpan.FromDays(1) };
        world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [], [], [line with { Route = [line.Route[0], prod] }]),
                PlanId: null,
                IsDryRun: false
            )
        );
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(
            each =>
                Newest(each) is { Phase: RolloutPhase.Held or RolloutPhase.AwaitingApproval } rollout
                && rollout.To.ToString() == "1.1.0",
            Soon
        );
        return world;
    }

    private static List<WebhookQuestion> Due(World world) => [.. RolloutWebhooks.Due(Newest(world), world.Now)];

    private static void Answer(World world, string name, ApprovalPoint before, WebhookAnswer answer, int? round = null)
    {
        var gate = Newest(world).Stage.Webhooks.First(each => each.Name == name && each.Before == before);
        var now = RolloutWebhooks.StateOf(Newest(world), gate) switch
        {
            null => 1,
            { Answer: WebhookAnswer.Refused } last => last.Round + 1,
            var last => last.Round,
        };
        world.Ask(
            new CellInput.WebhookAnswered(
                Newest(world).Id,
                new RolloutEvent.WebhookAnswered(name, before, round ?? now, answer)
            )
        );
    }

    private static CellAnswer Skip(World world, string webhook, string reason) =>
        world.Ask(
            new CellInput.AskRollout("ola", Newest(world).Id, RolloutAsk.SkipWebhook, reason, ConsistHash: null)
            {
                Webhook = webhook,
            }
        );

    private static CellAnswer Ask(World world, RolloutAsk ask, string actor) =>
        world.Ask(new CellInput.AskRollout(actor, Newest(world).Id, ask, "because", ConsistHash: null));

    private static Rollout Newest(World world) =>
        world.Cell.Rollouts.Values.Where(each => each.Stage.Name == Prod).MaxBy(each => each.Id.Train.Number)!;

    private static string? Current(World world) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, Prod))?.Current?.ToString();
}
