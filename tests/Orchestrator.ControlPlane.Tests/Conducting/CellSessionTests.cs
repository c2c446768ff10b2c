using Microsoft.Extensions.Time.Testing;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;
using Orchestrator.Tests.Shared;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Conducting;

public sealed class CellSessionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_one_measured_between_rollouts_the_next_one_goes_on_with()
    {
        await using var bench = await OpenAsync();
        var clock = new FakeTimeProvider(Noon);
        var lease = (await Leases.AcquireAsync(bench.Database, "default", "one", TimeSpan.FromHours(1), Token))!;
        await LeaveAsync(bench, lease, StageWithPage(number: 7));
        var session = await CellSession.OpenAsync(bench.Database, lease, CellSettings.Embedded, clock, Token);

        for (var second = 0; second <= 310; second += 10)
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            await session.StoreAsync(session.Decide([HalvesAt(clock.GetUtcNow(), second)]), Token);
        }

        var pages = new List<KeptReference>();
        await foreach (var ofStage in ReferencePages.ReadAsync(bench.Database, "default", Token))
        {
            pages.AddRange(ofStage);
        }

        Assert.Equal([7L, 8L], pages.Select(kept => kept.Page.Number).Order());
        Assert.Equal(30, pages.MaxBy(kept => kept.Page.Number)!.Page.Errors.Length);
    }

    /// <summary>As the one before has stored it.</summary>
    private static async Task LeaveAsync(Workbench bench, Lease lease, CellChanges changes)
    {
        await using var unit = await bench.Database.BeginAsync(lease, Token);
        await CellStore.SaveAsync(unit, changes, Token);
        await unit.CommitAsync(Token);
    }

    private static CellChanges StageWithPage(long number)
    {
        var line = LineOf("cart", "0 0 0 1 1 ?", "UTC");
        var step = new CanaryStep
        {
            Instances = 1,
            WeightPercent = 10,
            Bake = TimeSpan.FromMinutes(1),
            MinimumRequests = 1,
            JudgeWithin = TimeSpan.FromHours(1),
        };
        var stage = line.Route[0] with { Strategy = line.Route[0].Strategy with { Steps = [step] } };
        var deployment = new Deployment
        {
            Service = line.Service,
            Stage = stage.Name,
            Pool = stage.Pool,
            Current = SemanticVersion.Parse("1.0.0"),
            Targets = [],
            NextInstanceNumber = 1,
            Unplaced = "",
        };
        return Changes.None with
        {
            Lines = [line with { Route = [stage] }],
            Deployments = [deployment],
            References = [new KeptReference(line.Service, stage.Name, new ReferencePage(number, [], []))],
        };
    }

    private static CellInput.TrafficCounted HalvesAt(DateTimeOffset now, int sequence) =>
        new(
            GatewayId.Parse("g1"),
            "s",
            sequence,
            now.AddSeconds(-10),
            now,
            [
                new TrafficCount(
                    ServiceName.Parse("cart"),
                    StageName.Parse("prod"),
                    SemanticVersion.Parse("1.0.0"),
                    100,
                    1
                )
                {
                    Part = new PartCount(50, 1, []),
                },
            ]
        );
}
