using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>The disk of a host fills up while it runs things, and is emptied again.</summary>
internal static class FullDiskStory
{
    public static async Task TellAsync(AgentHarness cell)
    {
        var disk = await FullDisk.MountAsync(cell.DirectoryOf("h1"), mebibytes: 96);
        cell.DisposeAtEnd(disk);
        var log = new CollectedLog();
        var agent = await cell.StartAgentAsync("h1", log);
        AssignedInstance[] two = [cell.AnInstance("cart.prod.1"), cell.AnInstance("cart.prod.2")];
        await cell.AssignAsync("h1", revision: 1, two);
        await cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        await cell.StateAsync("h1", "cart.prod.2", InstanceState.Ready);
        var running = await cell.RunningAsync("h1", count: 2);
        Assert.DoesNotContain("agent/disk", cell.NewestOf("h1")!.Facts.Labels.Keys);

        disk.Fill();
        await cell.AssignAsync("h1", revision: 2, [.. two, cell.AnInstance("cart.prod.3")]);
        await Poll.UntilAsync(() => log.Has("revision 2 could not be written down: No space left"), "the log says so");
        Assert.False(agent.Completion.IsCompleted);
        await agent.StopAsync(TestContext.Current.CancellationToken);
        await cell.StartAgentAsync("h1", log); // The next agent can begin there too, and takes over what runs.
        await cell.ReportAsync(
            "h1",
            report =>
                report.Facts.Labels.GetValueOrDefault("agent/disk") == "full"
                && report.Instances.Count(one => one.State == InstanceState.Ready) == 2,
            "the full disk is reported"
        );
        Assert.Equal(running, cell.ProcessesOf("h1"));

        disk.Empty();
        await cell.AssignAsync("h1", revision: 3, [.. two, cell.AnInstance("cart.prod.3")]);
        await cell.StateAsync("h1", "cart.prod.3", InstanceState.Ready);
        Assert.Subset((await cell.RunningAsync("h1", count: 3)).ToHashSet(), running.ToHashSet());
    }
}
