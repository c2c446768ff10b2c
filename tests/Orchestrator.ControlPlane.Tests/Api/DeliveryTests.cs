using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class DeliveryTests
{
    private static readonly DateTimeOffset Noon = At("2026-05-04T12:00:00Z");
    private static readonly ServiceName Cart = ServiceName.Parse("cart");
    private static readonly StageName Prod = StageName.Parse("prod");
    private static readonly StageName Staging = StageName.Parse("staging");

    [Fact]
    public void The_four_figures_are_of_the_last_stage_and_leave_rollbacks_by_order_out_of_deployments()
    {
        var cell = ACell(
            ARollout(1, Staging, "1.0.0"),
            ARollout(1, Prod, "1.0.0"),
            ARollout(2, Prod, "1.1.0"),
            ARollout(3, Prod, "1.2.0"),
            ARollout(4, Prod, "1.0.0")
        );
        JournalEntry[] entries =
        [
            Entry(10, "rollout.succeeded", "cart/1/staging"),
            Entry(20, "rollout.succeeded", "cart/1/prod"),
            Entry(30, "rollout.rolling-back", "cart/2/prod"),
            Entry(32, "rollout.rolled-back", "cart/2/prod"),
            Entry(40, "rollout.succeeded", "cart/3/prod"),
            Entry(64, "rollout.succeeded", "cart/4/prod"),
            Entry(99, "rollout.succeeded", "unknown/1/prod"),
        ];

        var figures = DeliveryShapes.Delivery(cell, entries, service: null, days: 4);

        Assert.Equal((2, 0.5), (figures.Deployments, figures.DeploymentsPerDay));
        Assert.Equal(30 * 60, figures.LeadTimeSeconds);
        Assert.Equal((2, 50.0), (figures.Failures, figures.FailurePercent));
        Assert.Equal((2 + 64) / 2.0 * 60, figures.RecoverySeconds);
        Assert.Equal(0, DeliveryShapes.Delivery(cell, entries, ServiceName.Parse("other"), days: 4).Deployments);
    }

    [Fact]
    public void Without_anything_that_ended_there_are_no_figures()
    {
        var figures = DeliveryShapes.Delivery(Cell.Empty, [], service: null, days: 30);

        Assert.Equal(
            (0, null, null, null),
            (figures.Deployments, figures.LeadTimeSeconds, figures.FailurePercent, figures.RecoverySeconds)
        );
    }

    [Fact]
    public async Task Both_are_read_over_the_api()
    {
        await using var site = await Site.StartAsync();
        var client = await site.ClientAsync("viewer");

        var history = await Site.ReadAsync<Page<HistoryView>>(await client.GetAsync("/v1/history?limit=5", Token));
        var delivery = await Site.ReadAsync<DeliveryView>(await client.GetAsync("/v1/delivery?days=7", Token));
        var unknown = await client.GetAsync("/v1/delivery?service=nobody", Token);

        Assert.Empty(history.Items);
        Assert.Equal((7, 0), (delivery.Days, delivery.Deployments));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private static JournalEntry Entry(int minute, string action, string subject) =>
        new(Noon.AddMinutes(minute), "conductor", action, subject, "");

    private static Cell ACell(params Rollout[] rollouts)
    {
        var line = Workbench.LineOf("cart", "0 0 * * * ?", "UTC");
        var stage = line.Route[0];
        return Cell.Empty with
        {
            Lines = Cell.Empty.Lines.Add(
                LineName.Of(Cart),
                line with
                {
                    Route = [stage with { Name = Staging }, stage with { Name = Prod }],
                }
            ),
            Rollouts = rollouts
                .Select(each => each with { Stage = stage with { Name = each.Id.Stage } })
                .ToImmutableSortedDictionary(each => each.Id, each => each),
            Trains = Cell.Empty.Trains.Add(
                new TrainKey(LineName.Of(Cart), 4),
                new Train
                {
                    Id = TrainId.Of(LineName.Of(Cart), 4),
                    DepartsAt = Noon,
                    Phase = new TrainPhase.Arrived(),
                    Consist = null,
                    EndedAt = Noon,
                    Order = new TrainOrder(TrainPurpose.Rollback, "ola", "r"),
                }
            ),
        };
    }

    private static Rollout ARollout(long train, StageName stage, string version) =>
        new()
        {
            Id = RolloutId.Of(TrainId.Of(LineName.Of(Cart), train), stage),
            Service = Cart,
            Stage = null!,
            From = null,
            To = SemanticVersion.Parse(version),
            PublishedBy = "ana",
            ConsistHash = "",
            Phase = new RolloutPhase.Succeeded(),
            Approval = null,
            Verdict = null,
            UnreadySince = null,
            PlannedAt = Noon,
            EndedAt = null,
        };

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
