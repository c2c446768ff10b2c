using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class GetTests
{
    [Theory]
    [InlineData("get services", "/v1/services")]
    [InlineData("get svc checkoutservice", "/v1/services/checkoutservice")]
    [InlineData("get versions checkoutservice", "/v1/versions?service=checkoutservice")]
    [InlineData("get line checkoutservice", "/v1/lines/checkoutservice")]
    [InlineData("get pools", "/v1/pools")]
    [InlineData("describe pool europe", "/v1/pools")]
    [InlineData("trains", "/v1/trains")]
    [InlineData("trains checkoutservice", "/v1/trains?line=checkoutservice")]
    [InlineData("get tr checkoutservice/118", "/v1/trains/checkoutservice/118")]
    [InlineData("get rollouts checkoutservice --active", "/v1/rollouts?service=checkoutservice&active=true")]
    [InlineData("get rollout checkoutservice/118/prod", "/v1/rollouts/checkoutservice/118/prod")]
    [InlineData("get deployments --stage prod", "/v1/deployments?stage=prod")]
    [InlineData("get inst --host h1 --service a", "/v1/instances?service=a&host=h1")]
    [InlineData("get instance a.prod.14", "/v1/instances/a.prod.14")]
    [InlineData("hosts", "/v1/hosts")]
    [InlineData("describe host h1", "/v1/hosts/h1")]
    [InlineData("explain checkoutservice --stage prod", "/v1/explain/checkoutservice?stage=prod")]
    [InlineData("journal --after 7 --limit 3", "/v1/journal?after=7&limit=3")]
    [InlineData("token list", "/v1/tokens")]
    [InlineData("get service a/b%", "/v1/services/a%2Fb%25")]
    public async Task Each_name_and_filter_reaches_its_address(string command, string path)
    {
        await using var server = await FakeControlPlane.StartAsync();

        await OrcRun.Of(server, command.Split(' '));

        var asked = Assert.Single(server.Asked);
        Assert.Equal("Bearer secret", asked.Authorization);
        Assert.Equal("GET " + path, asked.Request);
    }

    [Fact]
    public async Task A_deployment_is_found_by_service_and_stage()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(
            "GET /v1/deployments?service=checkoutservice",
            A.Deployment with
            {
                Stage = "staging",
            },
            A.Deployment
        );

        var run = await OrcRun.Of(server, "describe", "deployment", "checkoutservice/prod", "-o", "json");

        Assert.Equal("prod", run.Json.GetProperty("stage").GetString());
    }

    [Fact]
    public async Task Each_kind_says_how_far_it_is_in_its_own_terms()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(
            "GET /v1/services",
            A.Service,
            A.Service with
            {
                Name = "nodelogs",
                Kind = "daemon",
                Deployments = [A.Daemon],
            },
            A.Service with
            {
                Name = "report",
                Kind = "batch",
                Deployments = [A.Batch],
            }
        );
        server.OnPage("GET /v1/deployments?service=report", A.Batch);

        var services = await OrcRun.Of(server, "get", "services");
        var batch = await OrcRun.Of(server, "describe", "deployment", "report/prod");

        Assert.Matches("checkoutservice +service +payments +1.1.0 +prod 1.1.0 3/3", services.Out);
        Assert.Matches("nodelogs +daemon +payments +1.1.0 +prod 1.1.0 6 of 7 hosts", services.Out);
        Assert.Matches("report +batch +payments +1.1.0 +prod 3 of 10 completed, 2 running, 1 failed", services.Out);
        Assert.Matches("Kind: +batch", batch.Out);
        Assert.Matches("Last exit: +report.prod.4, code 3: exited with 3, 5s ago", batch.Out);
    }

    [Fact]
    public async Task A_name_that_means_several_lists_the_commands_to_choose_from()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(
            "GET /v1/deployments?service=checkoutservice",
            A.Deployment with
            {
                Stage = "staging",
            },
            A.Deployment
        );

        var run = await OrcRun.Of(server, "describe", "deployment", "checkoutservice");

        Assert.Equal(2, run.Code);
        Assert.Contains("  orc describe deployment checkoutservice/staging\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("  orc describe deployment checkoutservice/prod\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_is_not_in_the_list_is_refused_like_one_without_an_address()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage<VersionView>("GET /v1/versions?service=checkoutservice");

        var run = await OrcRun.Of(server, "describe", "version", "checkoutservice@9.9.9");

        Assert.Equal(4, run.Code);
        Assert.Contains("There is no version 'checkoutservice@9.9.9'.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_shows_what_waits_and_leads_there()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .On("GET /healthz", Reply.Text(200, "ok"))
            .OnPage("GET /v1/hosts", A.Host, A.Host with { Id = "h2", State = "Lost" })
            .OnPage("GET /v1/deployments", A.Deployment with { Unplaced = "h2 is lost" })
            .OnPage("GET /v1/lines", A.Line)
            .OnPage("GET /v1/rollouts?active=true", A.WaitingRollout)
            .OnPage("GET /v1/trains?needsReview=true", A.DepartedTrain with { Order = "BreakGlass by ola: urgent" })
            .OnPage("GET /v1/windows", A.Halt, A.Halt with { Name = "halt-2", IsOpen = true });

        var run = await OrcRun.Of(server, "status");

        Assert.Equal(0, run.Code);
        Assert.Contains("1/2 ready, h2 Lost", run.Out, StringComparison.Ordinal);
        Assert.Contains("0/1 deployments ready, 3/3 instances ready", run.Out, StringComparison.Ordinal);
        Assert.Contains("checkoutservice/119 departs 2026-03-10 12:17:00Z (in 17m)", run.Out, StringComparison.Ordinal);
        Assert.Contains("halt-1  halt by ola", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("halt-2", run.Out, StringComparison.Ordinal);
        Assert.Contains("BreakGlass by ola: urgent", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("next: orc approve checkoutservice/118/prod\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_is_shown_in_four_figures()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "GET /v1/delivery?service=checkoutservice&days=7",
            new DeliveryView
            {
                Service = "checkoutservice",
                Days = 7,
                Deployments = 9,
                DeploymentsPerDay = 9 / 7.0,
                LeadTimeSeconds = 90,
                Failures = 1,
                FailurePercent = 10,
                RecoverySeconds = null,
            }
        );

        var run = await OrcRun.Of(server, "dora", "checkoutservice", "--days", "7");

        Assert.Contains("9, 1.29 a day", run.Out, StringComparison.Ordinal);
        Assert.Contains("1, 10 %", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("next: orc history checkoutservice\n", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0, "intact")]
    [InlineData(false, 1, "BROKEN at entry 7")]
    public async Task A_broken_journal_fails_the_check(bool isIntact, int code, string said)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/journal/verify", new JournalCheck(isIntact, Entries: 9, BrokenAt: isIntact ? 0 : 7));

        var run = await OrcRun.Of(server, "journal", "verify");
        var other = await OrcRun.Of(server, "audit", "verify");

        Assert.Equal(code, run.Code);
        Assert.Contains(said, run.Out, StringComparison.Ordinal);
        Assert.Equal((run.Code, run.Out), (other.Code, other.Out));
    }

    [Fact]
    public async Task Words_complete_from_the_command_tree()
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, "[suggest:13]", "orc rollout w");

        Assert.Contains("watch", run.Out, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }
}
