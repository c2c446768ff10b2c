using System.Net;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class RebalanceTests
{
    private static readonly RebalanceRequest Pack = new()
    {
        Pool = "default",
        Goal = "pack",
        Moves = 5,
    };

    [Fact]
    public async Task Only_an_operator_may_begin_one_or_cancel_one()
    {
        await using var site = await Site.StartAsync();
        var viewer = await site.ClientAsync("viewer");

        var begun = await viewer.PostAsJsonAsync("/v1/rebalances", Pack, Token);
        var cancelled = await viewer.PostAsJsonAsync("/v1/rebalances/1/cancel", new RolloutAction(), Token);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (begun.StatusCode, cancelled.StatusCode));
    }

    [Fact]
    public async Task Where_no_move_is_better_nothing_begins()
    {
        await using var site = await Site.StartAsync();
        var client = await site.ClientAsync("operator");

        var result = await Site.ReadAsync<ActionResult>(await client.PostAsJsonAsync("/v1/rebalances", Pack, Token));
        var page = await Site.ReadAsync<Page<RebalanceView>>(await client.GetAsync("/v1/rebalances", Token));

        Assert.Equal("No move would make default better.", result.Message);
        Assert.Empty(page.Items);
    }

    [Theory]
    [InlineData("9")]
    [InlineData("nine")]
    public async Task What_is_not_there_is_not_found(string id)
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();

        var looked = await Site.ProblemAsync(await admin.GetAsync($"/v1/rebalances/{id}", Token));
        var response = await admin.PostAsJsonAsync($"/v1/rebalances/{id}/cancel", new RolloutAction(), Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("rebalance_unknown", looked.Code);
        Assert.Equal("rebalance_unknown", (await Site.ProblemAsync(response)).Code);
    }

    [Fact]
    public void It_is_shown_with_its_own_moves_and_why_some_were_skipped()
    {
        var figures = new RebalanceFigures(4, 4, 250, 255, 245, 0, 0, 250_000);
        var at = DateTimeOffset.UnixEpoch;
        var one = new Rebalance
        {
            Number = 2,
            AskedBy = "ops",
            Reason = "tidy up",
            Order = new RebalanceOrder(PoolName.Parse("default"), RebalanceGoal.Spread, Moves: 5),
            StartedAt = at,
            Phase = new RebalancePhase.Cancelled(at, "ana"),
            Planned = 2,
            Moved = 1,
            Skipped = 1,
            Before = figures,
            After = figures,
        };
        var steps = new[]
        {
            Step(1, 1, new MoveState.Waiting()),
            Step(2, 1, new MoveState.Moved(InstanceId.Parse("cart.prod.9"))),
            Step(2, 2, new MoveState.Skipped("it is not there any more")),
        };
        var cell = Cell.Empty with
        {
            RebalanceSteps = Cell.Empty.RebalanceSteps.AddRange(
                steps.Select(each => KeyValuePair.Create(each.Key, each))
            ),
        };

        var view = RebalanceShapes.Of(cell, one);

        Assert.Equal(("2", "spread", "Cancelled", at), (view.Id, view.Goal, view.Phase, view.EndedAt));
        Assert.Equal((24.5, 25.5), (view.Before.EmptiestPercent, view.Before.FullestPercent));
        Assert.Equal(["Moved cart.prod.9 ", "Skipped  it is not there any more"], view.Steps.Select(Text));
    }

    private static string Text(RebalanceStepView step) => $"{step.State} {step.Replacement} {step.Reason}";

    private static RebalanceStep Step(long rebalance, int number, MoveState state) =>
        new()
        {
            Rebalance = rebalance,
            Number = number,
            Move = new RebalanceMove(
                InstanceId.Parse($"cart.prod.{number}"),
                HostId.Parse("h1"),
                HostId.Parse("h2"),
                Wave: 1,
                Why: "empties h1"
            ),
            State = state,
        };
}
