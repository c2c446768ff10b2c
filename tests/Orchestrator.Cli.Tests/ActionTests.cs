using System.Text.Json;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class ActionTests
{
    private const string Approve = "POST /v1/rollouts/checkoutservice/118/prod/approve";

    private static readonly ActionResult Approved = new(
        "checkoutservice/118/prod",
        "approved",
        "orc rollout watch checkoutservice/118/prod"
    );

    [Fact]
    public async Task An_approval_by_id_sends_the_reason_and_the_hash_it_was_given()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Approve, Approved);

        var run = await OrcRun.Of(
            server,
            "approve",
            "checkoutservice/118/prod",
            "--reason",
            "looks good",
            "--consist",
            "c0ffee"
        );

        Assert.Equal(0, run.Code);
        Assert.Equal("checkoutservice/118/prod: approved\nnext: orc rollout watch checkoutservice/118/prod\n", run.Out);
        Assert.Equal(new RolloutAction { Reason = "looks good", ConsistHash = "c0ffee" }, Sent(server));
    }

    [Fact]
    public async Task A_webhook_is_skipped_by_its_name()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/rollouts/checkoutservice/118/prod/skip", Approved);

        var run = await OrcRun.Of(
            server,
            "skip",
            "checkoutservice/118/prod",
            "--webhook",
            "load-test",
            "--reason",
            "it burns"
        );

        Assert.Equal(0, run.Code);
        Assert.Equal(new RolloutAction { Reason = "it burns", Webhook = "load-test" }, Sent(server));
    }

    [Theory]
    [InlineData("POST /v1/rollouts/checkoutservice/118/prod/revoke", "revoke", "checkoutservice/118/prod")]
    [InlineData("POST /v1/rollouts/checkoutservice/118/prod/skip", "skip", "checkoutservice/118/prod")]
    [InlineData("POST /v1/rollouts/checkoutservice/118/prod/promote", "promote", "checkoutservice/118/prod")]
    [InlineData("POST /v1/trains/checkoutservice/118/review", "train", "review", "checkoutservice/118")]
    [InlineData("POST /v1/windows/halt-1/release", "release", "halt-1")]
    [InlineData("POST /v1/services/checkoutservice/versions/1.2.1/yank", "yank", "checkoutservice", "1.2.1")]
    [InlineData("POST /v1/services/checkoutservice/versions/1.2.1/unyank", "unyank", "checkoutservice", "1.2.1")]
    [InlineData("POST /v1/trains/checkoutservice/118/cancel", "train", "cancel", "checkoutservice/118")]
    [InlineData("POST /v1/trains/checkoutservice/118/retry", "train", "retry", "checkoutservice/118")]
    [InlineData("POST /v1/trains/checkoutservice/118/recall", "train", "recall", "checkoutservice/118")]
    [InlineData("POST /v1/rollouts/checkoutservice/118/prod/rollback", "rollback", "checkoutservice/118/prod")]
    public async Task What_people_order_is_sent_with_its_reason(string request, params string[] words)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(request, Approved);

        var run = await OrcRun.Of(server, [.. words, "--reason", "because"]);

        Assert.Equal(0, run.Code);
        Assert.Equal(new RolloutAction { Reason = "because" }, Sent(server));
    }

    [Fact]
    public async Task An_express_may_break_the_glass_for_a_while()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/services/checkoutservice/versions/1.2.1/express", Approved);

        await OrcRun.Of(server, "express", "checkoutservice", "1.2.1", "--break-glass", "1h", "--reason", "urgent");

        Assert.Contains("\"breakGlassSeconds\":3600", server.Asked[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"urgent\"", server.Asked[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_halt_names_lines_or_all_of_them_and_nothing_in_between()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/halts", Approved);

        var some = await OrcRun.Of(server, "halt", "cartservice", "adservice", "--stage", "prod", "--for", "2h");
        var all = await OrcRun.Of(server, "halt", "--all");
        var none = await OrcRun.Of(server, "halt");
        var both = await OrcRun.Of(server, "halt", "cartservice", "--all");

        Assert.Equal((0, 0, 2, 2), (some.Code, all.Code, none.Code, both.Code));
        Assert.Contains("""["cartservice","adservice"]""", server.Asked[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"withinSeconds\":7200", server.Asked[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"services\":[]", server.Asked[1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rollback_to_a_version_names_the_stage()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/deployments/checkoutservice/prod/rollback", Approved);

        var run = await OrcRun.Of(server, "rollback", "checkoutservice", "--stage", "prod", "--to", "1.2.0");
        var half = await OrcRun.Of(server, "rollback", "checkoutservice", "--to", "1.2.0");

        Assert.Equal(0, run.Code);
        Assert.Contains("\"version\":\"1.2.0\"", server.Asked[0].Body, StringComparison.Ordinal);
        Assert.Equal(2, half.Code);
        Assert.Contains("--stage prod --to", half.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_names_its_subject_is_not_named_again()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Approve, Approved with { Message = "checkoutservice/118/prod is approved and goes on." });

        var run = await OrcRun.Of(server, "approve", "checkoutservice/118/prod");

        Assert.StartsWith(
            "checkoutservice/118/prod is approved and goes on.\nnext:",
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_status_of_a_service_whose_rollouts_are_over_is_that_of_the_newest()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var older = A.SucceededRollout with
        {
            Id = "checkoutservice/9/prod",
            StartedAt = A.SucceededRollout.StartedAt.AddDays(-1),
        };
        server
            .OnPage("GET /v1/rollouts?service=checkoutservice", A.SucceededRollout, older)
            .On("GET /v1/rollouts/checkoutservice/118/prod", A.SucceededRollout);

        var run = await OrcRun.Of(server, "rollout", "status", "checkoutservice");

        Assert.Equal(0, run.Code);
        Assert.Contains("Succeeded", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "created",
        "checkoutservice/2",
        "checkoutservice 1.1.0 is published.",
        "orc train status checkoutservice/2"
    )]
    [InlineData("created", "", "Train:   none now: too late", "orc describe line checkoutservice")]
    [InlineData(
        "unchanged",
        "",
        "checkoutservice 1.1.0 was published before with the same content; nothing has changed.",
        "orc get rollouts checkoutservice"
    )]
    public async Task Publishing_says_what_it_came_to(string action, string train, string sentence, string next)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "POST /v1/services/checkoutservice/versions",
            new PublishResult("checkoutservice", "1.1.0", action, "sha256:c0ffee", train, DepartsAt: null)
        );

        var run = await OrcRun.Of(server, "publish", "checkoutservice", "1.1.0");

        Assert.Equal(0, run.Code);
        Assert.Contains(sentence, run.Out, StringComparison.Ordinal);
        Assert.EndsWith($"next: {next}\n", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("checkoutservice", "service=checkoutservice&")]
    [InlineData("checkoutservice/118", "train=checkoutservice%2F118&")]
    public async Task The_one_rollout_that_waits_is_found_by_service_or_train_and_bound_to_what_was_seen(
        string name,
        string filter
    )
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .OnPage(
                $"GET /v1/rollouts?{filter}active=true",
                A.WaitingRollout,
                A.Rollout with
                {
                    Id = "checkoutservice/119/staging",
                    Train = "checkoutservice/119",
                }
            )
            .On(Approve, Approved);

        var run = await OrcRun.Of(server, "approve", name);

        Assert.Equal(0, run.Code);
        Assert.Equal(new RolloutAction { Reason = "", ConsistHash = "c0ffee" }, Sent(server));
    }

    [Fact]
    public async Task Several_that_wait_are_listed_with_the_commands_and_none_is_approved()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(
            "GET /v1/rollouts?service=checkoutservice&active=true",
            A.WaitingRollout,
            A.WaitingRollout with
            {
                Id = "checkoutservice/118/prod-eu",
                Stage = "prod-eu",
            }
        );

        var run = await OrcRun.Of(server, "approve", "checkoutservice");

        Assert.Equal(2, run.Code);
        Assert.Equal(
            """
            error: 2 rollouts of checkoutservice: each waits for approval. Say which:
              orc approve checkoutservice/118/prod
              orc approve checkoutservice/118/prod-eu

            """,
            run.Error
        );
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Coupled_cars_that_wait_at_one_stage_are_approved_together()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .OnPage(
                "GET /v1/rollouts?train=checkoutservice%2F118&active=true",
                A.WaitingRollout with
                {
                    Id = "checkoutservice/118/prod/cartservice",
                },
                A.WaitingRollout
            )
            .On("POST /v1/rollouts/checkoutservice/118/prod/approve", new ActionResult("s", "approved", ""));

        var run = await OrcRun.Of(server, "approve", "checkoutservice/118");

        Assert.Equal(0, run.Code);
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task A_coupled_car_is_asked_for_by_its_service()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/rollouts/checkoutservice/118/prod?car=cartservice", A.Rollout);

        var run = await OrcRun.Of(server, "rollout", "status", "checkoutservice/118/prod/cartservice");

        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task When_none_waits_it_says_what_there_is_instead()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage("GET /v1/rollouts?service=checkoutservice&active=true", A.Rollout);

        var run = await OrcRun.Of(server, "approve", "checkoutservice");

        Assert.Equal(4, run.Code);
        Assert.Contains(
            "No rollout of checkoutservice waits for approval: checkoutservice/118/prod is Baking.",
            run.Error,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("reject", "AwaitingApproval")]
    [InlineData("pause", "Baking")]
    [InlineData("resume", "Paused")]
    [InlineData("resume", "Held")]
    [InlineData("abort", "Baking")]
    [InlineData("rollback", "Held")]
    public async Task Each_verb_picks_the_rollout_it_makes_sense_for(string verb, string phase)
    {
        await using var server = await FakeControlPlane.StartAsync();
        var meant = A.Rollout with { Phase = phase, IsWaitingForApproval = phase == "AwaitingApproval" };
        var finished = A.RolledBackRollout with { Id = "checkoutservice/117/prod" };
        server
            .OnPage("GET /v1/rollouts?service=checkoutservice&active=true", finished, meant)
            .On($"POST /v1/rollouts/checkoutservice/118/prod/{verb}", Approved);

        var run = await OrcRun.Of(server, verb, "checkoutservice", "--reason", "because");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(new RolloutAction { Reason = "because" }, Sent(server));
    }

    [Theory]
    [InlineData("cordon h1", "POST /v1/hosts/h1/cordon")]
    [InlineData("uncordon h1", "POST /v1/hosts/h1/uncordon")]
    [InlineData("dev power-off h2", "POST /v1/dev/hosts/h2/power-off")]
    [InlineData("dev power-on h2", "POST /v1/dev/hosts/h2/power-on")]
    [InlineData("train cancel checkoutservice/118", "POST /v1/trains/checkoutservice/118/cancel")]
    public async Task Other_actions_reach_their_address(string command, string request)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(request, new ActionResult("it", "done", "orc status"));

        var run = await OrcRun.Of(server, [.. command.Split(' '), "-o", "json"]);

        Assert.Equal(0, run.Code);
        Assert.Equal("orc status", run.Json.GetProperty("next").GetString());
    }

    [Fact]
    public async Task A_token_is_created_with_its_roles_and_revoked_by_id()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .On("POST /v1/tokens", new TokenCreated("7", "ana", ["viewer", "approver:prod"], "orc_secret"))
            .On("DELETE /v1/tokens/7", new ActionResult("7", "The token is revoked.", "orc token list"));

        var created = await OrcRun.Of(server, "token", "create", "ana", "--role", "viewer", "--role", "approver:prod");
        var revoked = await OrcRun.Of(server, "token", "revoke", "7");

        Assert.Contains("orc_secret", created.Out, StringComparison.Ordinal);
        Assert.Contains("""["viewer","approver:prod"]""", server.Asked[0].Body, StringComparison.Ordinal);
        Assert.Equal((0, "7: The token is revoked.\nnext: orc token list\n"), (revoked.Code, revoked.Out));
    }

    private static RolloutAction? Sent(FakeControlPlane server) =>
        JsonSerializer.Deserialize<RolloutAction>(server.Asked[^1].Body, JsonSerializerOptions.Web);
}
