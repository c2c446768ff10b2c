using Orchestrator.EndToEnd.Support;

namespace Orchestrator.EndToEnd;

/// <summary>The program in which everything is one process dies at the worst of times, and is started again.</summary>
public sealed class EmbeddedKilledInTheMiddleTests
{
    /// <summary>Many times what it takes on an idle machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_fleet_killed_while_a_canary_bakes_finishes_the_rollout_and_still_asks_for_approval()
    {
        await using var fleet = await EmbeddedFleet.StartAsync();
        await fleet.ProveAsync(async () =>
        {
            var crew = await BringUpAsync(fleet);
            await using var load = Load.Start(fleet.Site.Directory, "load", fleet.Site.Gateway);
            await crew.Publisher.RunAsync("publish", Boutique.Checkout, "1.1.0");
            await fleet.View.ReachesAsync("1.1.0", "prod", "Baking", Patience);
            var before = fleet.Site.Instances();

            await fleet.KillAndStartAgainAsync();

            crew = crew.At(fleet.Admin.Address);
            var judged = await fleet.View.ReachesAsync("1.1.0", "prod", "AwaitingApproval", Patience);
            Assert.Equal("pass", judged.Verdict?.Outcome);
            // Nobody had a reason to touch any instance so far: not the old version's, nor the canary.
            Assert.Equal(Sorted(before), Sorted(fleet.Site.Instances()));
            await crew.Approver.RunAsync("approve", Boutique.Checkout, "--reason", "the evidence is good");
            await IsPromotedAsync(fleet, crew, before);
            await load.StopAsync();
            await StopsWithoutATraceAsync(fleet);
        });
    }

    [Fact]
    public async Task A_fleet_killed_during_promotion_finishes_it_and_needs_no_second_approval()
    {
        await using var fleet = await EmbeddedFleet.StartAsync();
        await fleet.ProveAsync(async () =>
        {
            var crew = await BringUpAsync(fleet);
            await using var load = Load.Start(fleet.Site.Directory, "load", fleet.Site.Gateway);
            await crew.Publisher.RunAsync("publish", Boutique.Checkout, "1.1.0");
            await fleet.View.ReachesAsync("1.1.0", "prod", "AwaitingApproval", Patience);
            var before = fleet.Site.Instances();
            await crew.Approver.RunAsync("approve", Boutique.Checkout, "--reason", "the evidence is good");
            await fleet.View.ReachesAsync("1.1.0", "prod", "Promoting", Patience);

            await fleet.KillAndStartAgainAsync();

            await IsPromotedAsync(fleet, crew.At(fleet.Admin.Address), before);
            await load.StopAsync();
            await StopsWithoutATraceAsync(fleet);
        });
    }

    private static async Task<Crew> BringUpAsync(EmbeddedFleet fleet)
    {
        var crew = await Crew.HireAsync(fleet.Admin);
        await crew.BringUpAsync(fleet.Site, fleet.View, Boutique.CheckoutAndBelow);
        return crew;
    }

    /// <summary>The new version stands, and what it does not replace is what ran before, in the same processes.</summary>
    private static async Task IsPromotedAsync(EmbeddedFleet fleet, Crew crew, IReadOnlyList<InstanceProcess> before)
    {
        await fleet.View.ReachesAsync("1.1.0", "prod", "Succeeded", Patience);
        await Eventually.IsTrueAsync(
            "every deployment is ready",
            Patience,
            () => fleet.View.IsWholeAsync(Boutique.CheckoutAndBelow.Length * Boutique.Stages)
        );
        await Eventually.IsTrueAsync(
            "every instance runs once and nothing else does",
            Patience,
            () => fleet.Site.HasNeitherOrphanNorDoubleAsync(fleet.View)
        );
        var prod = (await fleet.View.DeploymentsAsync()).Single(deployment =>
            deployment is { Service: Boutique.Checkout, Stage: "prod" }
        );
        Assert.Equal("1.1.0", prod.CurrentVersion);
        var after = fleet.Site.Instances();
        Assert.Equal(Sorted(Untouched(before)), Sorted(Untouched(after)));
        // What there is of the old and the new version from before is the same process too.
        Assert.DoesNotContain(after.Except(before), process => before.Any(one => one.Instance == process.Instance));
        await crew.Admin.RunAsync("journal", "verify");
    }

    /// <summary>Asked to stop, it takes along what it took over.</summary>
    private static async Task StopsWithoutATraceAsync(EmbeddedFleet fleet)
    {
        Assert.Equal(0, await fleet.StopAsync());
        Assert.Empty(fleet.Site.Instances());
    }

    private static IEnumerable<InstanceProcess> Untouched(IEnumerable<InstanceProcess> processes) =>
        processes.Where(process =>
            !process.Instance.StartsWith($"{Boutique.Checkout}.prod.", StringComparison.Ordinal)
        );

    private static IEnumerable<InstanceProcess> Sorted(IEnumerable<InstanceProcess> processes) =>
        processes.OrderBy(process => process.Instance, StringComparer.Ordinal).ThenBy(process => process.Id);
}
