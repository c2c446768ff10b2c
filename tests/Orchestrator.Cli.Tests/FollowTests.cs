using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class FollowTests
{
    private const string Rollout = "GET /v1/rollouts/checkoutservice/118/prod";
    private const string Train = "GET /v1/trains/checkoutservice/118";
    private const string Trains = "GET /v1/trains?line=checkoutservice";
    private const string Publish = "POST /v1/services/checkoutservice/versions";
    private const string Deployments = "GET /v1/deployments?service=checkoutservice&stage=prod";
    private const string Rollouts = "GET /v1/rollouts?service=checkoutservice";

    private const string Line = "GET /v1/lines?service=checkoutservice";

    private static readonly string[] PublishAndWait = ["publish", "checkoutservice", "1.1.0", "--wait"];

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task A_watch_of_a_train_tells_of_all_of_its_cars_at_the_stage_and_ends_with_the_last_of_them(
        bool isCartFine,
        int code
    )
    {
        var cart = A.Rollout with { Id = "checkoutservice/118/prod/cartservice", Service = "cartservice" };
        var before = A.SucceededRollout with { Id = "checkoutservice/118/staging", Stage = "staging" };
        await using var server = await FakeControlPlane.StartAsync();
        server
            .OnPage("GET /v1/rollouts?train=checkoutservice%2F118&active=true", A.Rollout, cart)
            .On(
                "GET /v1/rollouts?train=checkoutservice%2F118",
                new Page<RolloutView>([before, A.Rollout, cart]),
                new Page<RolloutView>([before, A.SucceededRollout, cart]),
                new Page<RolloutView>([
                    before,
                    A.SucceededRollout,
                    cart with
                    {
                        Phase = isCartFine ? "Succeeded" : "RolledBack",
                        IsFinished = true,
                        IsSucceeded = isCartFine,
                    },
                ])
            );

        var run = await OrcRun.Of(server, "rollout", "watch", "checkoutservice/118");

        Assert.Equal(code, run.Code);
        Assert.Contains("checkoutservice/118/prod  Succeeded", run.Out, StringComparison.Ordinal);
        Assert.EndsWith(
            isCartFine
                ? "checkoutservice/118/prod/cartservice  Succeeded\n"
                : "checkoutservice/118/prod/cartservice  RolledBack\n",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("staging", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_tells_each_change_once_and_ends_with_the_rollout()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            Rollout,
            A.Rollout,
            A.Rollout,
            A.WaitingRollout with
            {
                Steps = [A.Rollout.Steps[0] with { State = "done" }, A.Rollout.Steps[1]],
            },
            A.SucceededRollout with
            {
                Instances = [A.Rollout.Instances[0]],
                Versions = [new VersionShareView("1.1.0", 3, 3, 3, 100)],
            }
        );

        var run = await OrcRun.Of(server, "rollout", "watch", "checkoutservice/118/prod");

        Assert.Equal(0, run.Code);
        Assert.Equal(
            """
            12:00:00Z  checkoutservice/118/prod  checkoutservice 1.0.0 → 1.1.0
            12:00:00Z  checkoutservice/118/prod  Baking
            12:00:00Z  checkoutservice/118/prod  step canary: running
            12:00:00Z  checkoutservice/118/prod  version 1.1.0: 10 % of traffic, 1 ready of 1
            12:00:00Z  checkoutservice/118/prod  version 1.0.0: 90 % of traffic, 3 ready of 3
            12:00:00Z  checkoutservice/118/prod  instance checkoutservice.prod.14: Ready on h2
            12:00:00Z  checkoutservice/118/prod  instance checkoutservice.prod.11: Ready on h1
            12:00:00Z  checkoutservice/118/prod  verdict continue: needs more requests; errors 0.50 % (1 of 200) against 0.50 % (9 of 1800); evidence of harm 0.42 of 100, of health 3.5 of 20
            12:00:02Z  checkoutservice/118/prod  AwaitingApproval: before prod
            12:00:02Z  checkoutservice/118/prod  step canary: done
            12:00:02Z  checkoutservice/118/prod  next: orc approve checkoutservice/118/prod
            12:00:03Z  checkoutservice/118/prod  Succeeded
            12:00:03Z  checkoutservice/118/prod  step canary: running
            12:00:03Z  checkoutservice/118/prod  version 1.1.0: 100 % of traffic, 3 ready of 3
            12:00:03Z  checkoutservice/118/prod  instance checkoutservice.prod.11: gone

            """,
            run.Out
        );
    }

    [Fact]
    public async Task Evidence_is_told_when_it_has_doubled_and_not_each_second()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            Rollout,
            [
                .. Enumerable
                    .Range(1, 64)
                    .Select(second => A.Rollout with { Verdict = A.Verdict(requests: second * 100, errors: 0) }),
                A.SucceededRollout,
            ]
        );

        var run = await OrcRun.Of(server, "rollout", "watch", "checkoutservice/118/prod");

        Assert.Equal(7, run.Lines.Count(line => line.Contains("verdict continue", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_watched_rollback_ends_with_1()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Rollout, A.Rollout, A.RolledBackRollout);

        var run = await OrcRun.Of(server, "rollout", "watch", "checkoutservice/118/prod");

        Assert.Equal(1, run.Code);
        Assert.Contains("RolledBack: errors 20 % against 0.3 %", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_that_takes_too_long_ends_with_5()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Rollout, A.Rollout);

        var run = await OrcRun.Of(server, "rollout", "watch", "checkoutservice/118/prod", "--timeout", "90s");

        Assert.Equal(5, run.Code);
        Assert.Equal(91, server.Asked.Count);
    }

    [Fact]
    public async Task A_watch_in_json_is_a_line_for_each_change()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Rollout, A.Rollout, A.Rollout, A.SucceededRollout);

        var run = await OrcRun.Of(server, "rollout", "watch", "checkoutservice/118/prod", "-o", "json");

        Assert.Equal(2, run.Lines.Count);
        Assert.Contains("\"isSucceeded\":true", run.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_terminal_the_tree_is_redrawn_and_its_last_state_stays()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Rollout, A.Rollout, A.SucceededRollout);

        var run = await OrcRun.InTerminal(server, "rollout", "watch", "checkoutservice/118/prod");

        Assert.Equal(0, run.Code);
        Assert.Contains("Baking", run.Out, StringComparison.Ordinal);
        var end = run.Out[run.Out.LastIndexOf("checkoutservice/118/prod", StringComparison.Ordinal)..];
        Assert.Contains("Succeeded", end, StringComparison.Ordinal);
        Assert.Contains("checkoutservice.prod.14", end, StringComparison.Ordinal);
        Assert.Contains("rolls back at 100", end, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_sits_out_a_control_plane_that_restarts()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            Rollout,
            [
                Reply.Json(A.Rollout),
                .. Enumerable.Repeat(Reply.Text(503, "starting"), 30),
                Reply.BreakOff,
                Reply.Json(A.SucceededRollout),
            ]
        );

        var run = await OrcRun.Of(server, "rollout", "watch", "checkoutservice/118/prod");

        Assert.Equal(0, run.Code);
        Assert.Equal(1, run.Error.Split('\n').Count(line => line.Contains("come back", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_watch_gives_up_on_a_control_plane_that_stays_away()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Rollout, Reply.Json(A.Rollout), Reply.Text(503, "starting"));

        var run = await OrcRun.Of(server, "rollout", "watch", "checkoutservice/118/prod");

        Assert.Equal(1, run.Code);
        Assert.Contains("503", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_published_version_is_handed_in_with_what_it_overrides()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Publish, A.Published);

        var run = await OrcRun.Of(
            server,
            "publish",
            "checkoutservice",
            "1.1.0",
            "--image",
            "c@sha256:aa",
            "--env",
            "A=1",
            "--env",
            "B=x=y",
            "--channel",
            "beta"
        );

        Assert.Equal(0, run.Code);
        Assert.Equal(
            """{"version":"1.1.0","channel":"beta","image":"c@sha256:aa","environment":{"A":"1","B":"x=y"}}""",
            server.Asked[0].Body.ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal)
        );
        Assert.EndsWith("next: orc train status checkoutservice/118\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_is_followed_over_its_stages_until_its_train_has_arrived()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var staging = A.SucceededRollout with { Id = "checkoutservice/118/staging", Stage = "staging" };
        string[] both = ["checkoutservice/118/staging", "checkoutservice/118/prod"];
        Published(server)
            .On(Trains, PageOf(A.Train), PageOf(A.Train), PageOf(A.DepartedTrain with { Rollouts = [both[0]] }))
            .On(
                Train,
                A.DepartedTrain with
                {
                    Rollouts = both,
                },
                A.DepartedTrain with
                {
                    Rollouts = both,
                },
                A.DepartedTrain with
                {
                    Rollouts = both,
                    Phase = "Arrived",
                }
            )
            .On("GET /v1/rollouts/checkoutservice/118/staging", staging)
            .On(Rollout, A.WaitingRollout, A.Rollout, A.SucceededRollout with { StartedAt = OrcRun.Noon });

        var run = await OrcRun.Of(server, PublishAndWait);

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains(
            "checkoutservice/118  Boarding, departs 2026-03-10 12:01:00Z",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("checkoutservice/118/prod  AwaitingApproval", run.Out, StringComparison.Ordinal);
        Assert.Contains("checkoutservice 1.1.0 has arrived: staging → prod", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AwaitingApproval")]
    [InlineData("Held")]
    [InlineData("Paused")]
    public async Task Until_approval_ends_with_3_when_a_person_must_decide(string phase)
    {
        await using var server = await FakeControlPlane.StartAsync();
        var stopped = A.WaitingRollout with { Phase = phase, IsWaitingForApproval = phase == "AwaitingApproval" };
        Published(server).OnPage(Trains, A.DepartedTrain).On(Train, A.DepartedTrain).On(Rollout, A.Rollout, stopped);

        var run = await OrcRun.Of(server, [.. PublishAndWait, "--until", "approval"]);

        Assert.Equal(3, run.Code);
        Assert.EndsWith("next: orc approve checkoutservice/118/prod\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rollout_that_is_held_until_another_is_through_waits_for_nobody()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var queued = A.Rollout with
        {
            Phase = "Held",
            Reason = "checkoutservice/117/prod is under way",
            Next = "orc rollout watch checkoutservice/118/prod",
        };
        Published(server)
            .OnPage(Trains, A.DepartedTrain)
            .On(Train, A.DepartedTrain)
            .On(Rollout, queued, A.WaitingRollout);

        var run = await OrcRun.Of(server, [.. PublishAndWait, "--until", "approval"]);

        Assert.Equal(3, run.Code);
        Assert.Contains("waits for a person at prod: AwaitingApproval", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("next: orc rollout watch", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Until_done_waits_on_through_an_approval_and_ends_with_5_at_the_timeout()
    {
        await using var server = await FakeControlPlane.StartAsync();
        Published(server).OnPage(Trains, A.DepartedTrain).On(Train, A.DepartedTrain).On(Rollout, A.WaitingRollout);

        var run = await OrcRun.Of(server, [.. PublishAndWait, "--timeout", "10m", "-o", "json"]);

        Assert.Equal(5, run.Code);
        Assert.Equal("timed_out", run.Json.GetProperty("outcome").GetString());
        Assert.Contains("AwaitingApproval", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_is_rolled_back_ends_with_1_and_says_where_and_why()
    {
        await using var server = await FakeControlPlane.StartAsync();
        Published(server)
            .OnPage(Trains, A.DepartedTrain)
            .On(Train, A.DepartedTrain)
            .On(Rollout, A.Rollout, A.RolledBackRollout);

        var run = await OrcRun.Of(server, PublishAndWait);

        Assert.Equal(1, run.Code);
        Assert.Contains(
            "checkoutservice 1.1.0 failed at prod: RolledBack: errors 20 % against 0.3 %",
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Recalled")]
    [InlineData("ArrivedPartial")]
    public async Task A_train_that_does_not_arrive_ends_with_1(string phase)
    {
        await using var server = await FakeControlPlane.StartAsync();
        Published(server).OnPage(Trains, A.DepartedTrain with { Phase = phase, Reason = "p99", Rollouts = [] });

        var run = await OrcRun.Of(server, PublishAndWait);

        Assert.Equal(1, run.Code);
        Assert.Contains($"did not arrive: {phase}: p99", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cancelled")]
    [InlineData("Missed")]
    public async Task A_version_whose_train_never_left_is_followed_on_the_next(string phase)
    {
        await using var server = await FakeControlPlane.StartAsync();
        var lost = A.DepartedTrain with { Phase = phase, Rollouts = [] };
        var next = A.Train with { Id = "checkoutservice/119" };
        var arrived = A.DepartedTrain with { Id = "checkoutservice/119", Phase = "Arrived", Rollouts = [] };
        Published(server)
            .On(Train, lost)
            .On(Trains, PageOf(A.Train), PageOf(lost), PageOf(lost, next), PageOf(lost, arrived));

        var run = await OrcRun.Of(server, PublishAndWait);

        Assert.Equal(0, run.Code);
        Assert.Contains("waits for the next train of checkoutservice", run.Out, StringComparison.Ordinal);
        Assert.Contains("checkoutservice/119  Boarding, departs", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_came_after_the_cut_off_takes_the_next_train_and_not_the_one_that_boards()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var other = A.DepartedTrain with { Consist = [new CarView("checkoutservice", "1.0.9", "sha256:bb")] };
        var arrived = A.DepartedTrain with { Id = "checkoutservice/119", Phase = "Arrived", Rollouts = [] };
        server
            .On(Publish, A.Published with { Train = "", DepartsAt = null })
            .OnPage(Line, A.Line)
            .On(Trains, PageOf(A.Train), PageOf(A.Train), PageOf(other), PageOf(other, arrived));

        var run = await OrcRun.Of(server, PublishAndWait);

        Assert.Equal(0, run.Code);
        Assert.DoesNotContain("checkoutservice/118", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_whose_place_a_higher_one_took_has_failed()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var taken = A.DepartedTrain with { Consist = [new CarView("checkoutservice", "1.2.0", "sha256:bb")] };
        Published(server).On(Trains, PageOf(A.Train), PageOf(A.Train), PageOf(taken));

        var run = await OrcRun.Of(server, PublishAndWait);

        Assert.Equal(1, run.Code);
        Assert.Contains("did not board checkoutservice/118: 1.2.0 did", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_was_published_before_is_followed_on_the_train_that_carried_it()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .On(Publish, A.Published with { Action = "unchanged", Train = "checkoutservice/121" })
            .OnPage(Line, A.Line)
            .OnPage(Trains, A.DepartedTrain with { Phase = "Arrived" }, A.Train with { Id = "checkoutservice/121" })
            .On(Rollout, A.SucceededRollout);

        var run = await OrcRun.Of(server, PublishAndWait);

        Assert.Equal(0, run.Code);
        Assert.Contains("has arrived: prod", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_without_a_line_cannot_be_waited_for()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Publish, A.Published with { Train = "", DepartsAt = null }).OnPage<LineView>(Line);

        var run = await OrcRun.Of(server, PublishAndWait);

        Assert.Equal(1, run.Code);
        Assert.Contains("has no line", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_of_a_channel_that_the_line_does_not_take_cannot_be_waited_for()
    {
        await using var server = await FakeControlPlane.StartAsync();
        Published(server);

        var run = await OrcRun.Of(server, [.. PublishAndWait, "--channel", "beta"]);

        Assert.Equal(1, run.Code);
        Assert.Contains("takes only stable", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_a_journey_in_json_is_one_object_and_progress_goes_to_the_error_stream()
    {
        await using var server = await FakeControlPlane.StartAsync();
        Published(server).OnPage(Trains, A.DepartedTrain with { Phase = "Arrived" }).On(Rollout, A.SucceededRollout);

        var run = await OrcRun.Of(server, [.. PublishAndWait, "-o", "json"]);

        Assert.Equal("arrived", run.Json.GetProperty("outcome").GetString());
        Assert.Equal("1.1.0", run.Json.GetProperty("published").GetProperty("version").GetString());
        Assert.Equal("prod", run.Json.GetProperty("rollouts")[0].GetProperty("stage").GetString());
        Assert.Contains("Succeeded", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_ends_when_the_version_is_current_and_ready()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var old = A.Deployment with { CurrentVersion = "1.0.0" };
        var starting = A.Deployment with { Versions = [new VersionShareView("1.1.0", 3, 3, 2, 100)] };
        server
            .On(
                Deployments,
                new Page<DeploymentView>([]),
                new Page<DeploymentView>([old]),
                new Page<DeploymentView>([starting]),
                new Page<DeploymentView>([A.Deployment])
            )
            .OnPage(Rollouts, A.Rollout);

        var run = await OrcRun.Of(server, "wait", "checkoutservice", "--stage", "prod", "--version", "1.1.0");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(4, server.Asked.Count(asked => asked.Request == Deployments));
        Assert.Contains(
            "12:00:02Z  checkoutservice at prod: current version 1.1.0; 1.1.0 2/3 ready",
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_wait_that_takes_too_long_ends_with_5()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(Deployments, A.Deployment with { CurrentVersion = "1.0.0" }).OnPage(Rollouts, A.Rollout);

        var run = await OrcRun.Of(
            server,
            "wait",
            "checkoutservice",
            "--stage",
            "prod",
            "--version",
            "1.1.0",
            "--timeout",
            "2m"
        );

        Assert.Equal(5, run.Code);
    }

    [Fact]
    public async Task A_wait_for_a_version_that_was_rolled_back_fails_at_once()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .OnPage(Deployments, A.Deployment with { CurrentVersion = "1.0.0" })
            .OnPage(Rollouts, A.RolledBackRollout);

        var run = await OrcRun.Of(server, "wait", "checkoutservice", "--stage", "prod", "--version", "1.1.0");

        Assert.Equal(1, run.Code);
        Assert.Contains("RolledBack: errors 20 % against 0.3 %", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task Followed_logs_go_on_where_they_were_until_the_instance_is_gone()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .On("GET /v1/instances/a.b.1/logs?tail=200", new LogsView("one\n", 4))
            .On("GET /v1/instances/a.b.1/logs?offset=4", new LogsView("", 4), new LogsView("two\n", 8))
            .On("GET /v1/instances/a.b.1/logs?offset=8", Reply.Problem(404, "not_found", "No such instance."));

        var run = await OrcRun.Of(server, "logs", "a.b.1", "--follow");

        Assert.Equal((0, "one\ntwo\n"), (run.Code, run.Out));
        Assert.Contains("The instance is gone.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_followed_journal_prints_each_entry_once_and_in_order()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .OnPage("GET /v1/journal?after=0&limit=50", Entry(1), Entry(2))
            .On("GET /v1/journal?after=2", PageOf<JournalView>(), PageOf(Entry(3)))
            .On("GET /v1/journal?after=3", Reply.Problem(403, "forbidden", "Your token was revoked."));

        var run = await OrcRun.Of(server, "journal", "--after", "0", "--follow", "-o", "json");

        Assert.Equal(4, run.Code);
        Assert.Equal([1, 2, 3], run.Lines.Select(line => JsonSequence(line)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(49)]
    [InlineData(50)]
    [InlineData(1_024)]
    [InlineData(1_025)]
    [InlineData(5_000)]
    public async Task The_journal_shows_its_last_entries_however_long_it_is(int length)
    {
        await using var server = await FakeControlPlane.StartAsync();
        for (var after = 0; after <= 8_192; after++)
        {
            server.On(
                $"GET /v1/journal?after={after}&limit=1",
                after < length ? PageOf(Entry(after + 1)) : PageOf<JournalView>()
            );
        }

        var start = Math.Max(0, length - 50);
        server.OnPage($"GET /v1/journal?after={start}&limit=50", Entry(length));

        var run = await OrcRun.Of(server, "journal", "-o", "json");

        Assert.Equal(0, run.Code);
        Assert.Equal(length, run.Json.GetProperty("items")[0].GetProperty("sequence").GetInt64());
        Assert.InRange(server.Asked.Count, 1, 20);
    }

    private static FakeControlPlane Published(FakeControlPlane server) =>
        server.On(Publish, A.Published).OnPage(Line, A.Line);

    private static Page<T> PageOf<T>(params T[] items) => new(items);

    private static JournalView Entry(long sequence) =>
        new(sequence, OrcRun.Noon, "ana", "approved", "checkoutservice/118/prod", "", "hash");

    private static long JsonSequence(string line) =>
        System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt64();
}
