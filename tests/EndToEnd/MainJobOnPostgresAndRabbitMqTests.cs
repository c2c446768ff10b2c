using Orchestrator.EndToEnd.Support;

namespace Orchestrator.EndToEnd;

/// <summary>All that the demo shows, on the programs as they are deployed, and while parts of them die.</summary>
public sealed class MainJobOnPostgresAndRabbitMqTests
{
    /// <summary>Many times what it takes on an idle machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_main_job_gets_done_though_leaders_an_instance_and_a_host_die()
    {
        await using var fleet = await DistributedFleet.StartAsync();
        await fleet.ProveAsync(async () =>
        {
            var first = await fleet.StartReplicaAsync("cp1");
            await LeadsAsync(first);
            var crew = await Crew.HireAsync(fleet.Admin(first));
            await crew.BringUpAsync(fleet.Site, first.View, Boutique.Whole);

            var leader = await A_good_version_is_promoted_though_its_leaders_die(fleet, crew, first);
            crew = crew.At(leader.Address);
            await A_bad_version_is_rolled_back(fleet, crew, leader);
            await A_killed_instance_is_restarted(fleet, leader);
            await Instances_are_measured_and_entered(fleet, crew, leader);
            await A_lost_host_is_replaced_and_may_come_back(fleet, leader);

            await crew.Admin.RunAsync("journal", "verify");
        });
    }

    /// <summary>Returns who leads in the end.</summary>
    private static async Task<Replica> A_good_version_is_promoted_though_its_leaders_die(
        DistributedFleet fleet,
        Crew crew,
        Replica first
    )
    {
        var second = await fleet.StartReplicaAsync("cp2");
        await using var load = Load.Start(fleet.Site.Directory, "good", fleet.Site.Gateway);
        await crew.Publisher.RunAsync("publish", Boutique.Checkout, "1.1.0");
        await first.View.ReachesAsync("1.1.0", "prod", "Baking", Patience);
        await first.Program.KillAsync();

        await LeadsAsync(second);
        var third = await fleet.StartReplicaAsync("cp1");
        var judged = await second.View.ReachesAsync("1.1.0", "prod", "AwaitingApproval", Patience);
        Assert.Equal("pass", judged.Verdict?.Outcome);
        await crew.At(second.Address)
            .Approver.RunAsync("approve", Boutique.Checkout, "--reason", "the evidence is good");
        await second.View.ReachesAsync("1.1.0", "prod", "Promoting", Patience);
        await second.Program.KillAsync();

        await LeadsAsync(third);
        var succeeded = await third.View.ReachesAsync("1.1.0", "prod", "Succeeded", Patience);
        await crew.At(third.Address).Admin.RunAsync("verdict", "replay", succeeded.Id);
        await IsWholeAsync(fleet, third);
        var result = await load.StopAsync();
        Assert.True(result.Sent > 500, $"Only {result.Sent} requests were sent.");
        Assert.True(result.Failed == 0, $"{result.Failed} requests failed: {result.Report}");
        return third;
    }

    private static async Task A_bad_version_is_rolled_back(DistributedFleet fleet, Crew crew, Replica leader)
    {
        await using var load = Load.Start(fleet.Site.Directory, "bad", fleet.Site.Gateway);
        await crew.Publisher.ExpectAsync(
            1,
            "publish",
            Boutique.Checkout,
            "1.2.0",
            "--env",
            "SAMPLE_ERROR_PERCENT=20",
            "--wait",
            "--timeout",
            "3m"
        );

        var rollout = await leader.View.ReachesAsync("1.2.0", "prod", "RolledBack", Patience);
        Assert.Equal("fail", rollout.Verdict?.Outcome);
        await crew.Admin.RunAsync("verdict", "replay", rollout.Id);
        await Eventually.IsTrueAsync(
            $"{rollout.Train} has arrived with what was left of it",
            Patience,
            async () =>
                (await leader.View.TrainsAsync()).Any(train =>
                    train is { Phase: "ArrivedPartial" } && train.Id == rollout.Train
                )
        );
        await crew.Admin.RunAsync(
            "wait",
            Boutique.Checkout,
            "--stage",
            "prod",
            "--version",
            "1.1.0",
            "--timeout",
            "2m"
        );
        var result = await load.StopAsync();
        Assert.True(result.Failed > 0, "The bad version failed no request, so nothing was proved.");
    }

    private static async Task A_killed_instance_is_restarted(DistributedFleet fleet, Replica leader)
    {
        await IsWholeAsync(fleet, leader);
        var victim = fleet
            .Site.Instances()
            .First(process => process.Instance.StartsWith($"{Boutique.Checkout}.prod.", StringComparison.Ordinal));

        victim.Kill();

        await Eventually.IsTrueAsync(
            $"{victim.Instance} is restarted",
            Patience,
            () => fleet.Site.Find(victim.Instance) is { } process && process.Id != victim.Id
        );
        await IsWholeAsync(fleet, leader);
    }

    private static async Task Instances_are_measured_and_entered(DistributedFleet fleet, Crew crew, Replica leader)
    {
        await IsWholeAsync(fleet, leader);
        var instance = fleet
            .Site.Instances()
            .First(process => process.Instance.StartsWith($"{Boutique.Checkout}.prod.", StringComparison.Ordinal))
            .Instance;

        var used = await crew.Admin.RunAsync("top", $"{Boutique.Checkout}.prod");
        // The sample's image has no shell; its own program says what it does not know.
        var program = Site.Runtime == "oci" ? "/app/sample" : "ls";
        await crew.Admin.ExpectAsync(2, "exec", instance, "--", program, "--no-such-option");
        var journal = await crew.Admin.RunAsync("journal", "-o", "json");

        Assert.Contains(instance, used, StringComparison.Ordinal);
        Assert.Contains($"{program} --no-such-option", journal, StringComparison.Ordinal);
    }

    private static async Task A_lost_host_is_replaced_and_may_come_back(DistributedFleet fleet, Replica leader)
    {
        var others = fleet.Site.Instances().Where(process => process.Host != "h2").ToList();

        await fleet.CutPowerAsync("h2");

        await HostIsAsync(leader, "h2", "Lost");
        await IsWholeAsync(fleet, leader);
        Assert.DoesNotContain(fleet.Site.Instances(), process => process.Host == "h2");
        Assert.Empty(others.Except(fleet.Site.Instances())); // What ran elsewhere was left alone.

        fleet.StartAgent("h2");

        await HostIsAsync(leader, "h2", "Ready");
        await IsWholeAsync(fleet, leader);
    }

    private static Task LeadsAsync(Replica replica) =>
        Eventually.IsTrueAsync($"{replica.Program.Name} leads", Patience, () => replica.IsLeading);

    private static Task HostIsAsync(Replica leader, string host, string state) =>
        Eventually.IsTrueAsync(
            $"{host} is {state}",
            Patience,
            async () => (await leader.View.HostsAsync()).Any(one => one.Id == host && one.State == state)
        );

    /// <summary>Every deployment stands, and the machine runs what the control plane knows and nothing else.</summary>
    private static async Task IsWholeAsync(DistributedFleet fleet, Replica leader)
    {
        await Eventually.IsTrueAsync(
            "every deployment is ready",
            Patience,
            () => leader.View.IsWholeAsync(Boutique.Whole.Length * Boutique.Stages)
        );
        await Eventually.IsTrueAsync(
            "every instance runs once and nothing else does",
            Patience,
            () => fleet.Site.HasNeitherOrphanNorDoubleAsync(leader.View)
        );
    }
}
