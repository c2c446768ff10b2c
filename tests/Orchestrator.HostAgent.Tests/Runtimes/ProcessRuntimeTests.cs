using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Processes;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

public sealed class ProcessRuntimeTests : RuntimeContract
{
    protected override string Name => "process";

    protected override bool CanFirstProcessKillItself => true;

    protected override bool? HasInit => false;

    protected override bool? HasMounts => false;

    protected override bool HasMemoryMounts => false;

    protected override bool HasFiles => false;

    /// <summary>Only the agent that started a process learns its exit code.</summary>
    protected override bool RemembersExits => false;

    private protected override IContainerRuntime NewRuntime(string directory, ImageStore images, ExitWatch exits) =>
        new ProcessRuntime(directory, images, exits);

    [Fact]
    public async Task Who_waits_for_a_container_learns_its_end_also_when_it_is_removed_at_once()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => StartAsync("exec sleep 1000")));
        var waits = ids.SelectMany(id => Enumerable.Range(0, 300).Select(_ => Runtime.WaitAsync(id, Token))).ToList();

        await Task.WhenAll(ids.Select(id => Runtime.RemoveAsync(id, Token)));
        var exits = await Task.WhenAll(waits).WaitAsync(TimeSpan.FromSeconds(20), Token);

        Assert.All(exits, exit => Assert.True(exit.Code is 137 or null, exit.Reason));
    }

    [Fact]
    public async Task One_that_the_kernel_kills_for_want_of_memory_ends_as_killed_and_is_taken_away()
    {
        Assert.SkipWhen(Libc.EffectiveUserId != 0, "limits need root");
        var name = $"orchestrator-test-{Guid.NewGuid():N}";
        var cgroups = CgroupSupport.Detect(name);
        Assert.SkipUnless(cgroups.CanLimit, "control groups cannot be used here");
        var isFirst = cgroups.Version == "v1";
        var group = Path.Combine(CgroupSupport.Root, isFirst ? $"memory/{name}" : name);
        System.IO.Directory.CreateDirectory(group);
        await File.WriteAllTextAsync(
            Path.Combine(group, isFirst ? "memory.limit_in_bytes" : "memory.max"),
            "16777216",
            Token
        );
        var go = Path.Combine(Directory, "go");
        var id = await StartAsync(
            $"while [ ! -e {go} ]; do sleep 0.02; done; x=0123456789abcdef; while :; do x=$x$x$x$x; done"
        );
        var process = new ProcessFiles(Path.Combine(Directory, "process/containers", id)).ReadProcess()!;

        await File.WriteAllTextAsync(Path.Combine(group, "cgroup.procs"), $"{process.Id}", Token);
        await File.WriteAllTextAsync(go, "", Token);
        var exit = await Runtime.WaitAsync(id, Token);

        Assert.Equal(new ContainerExit(137, IsOutOfMemory: false), exit); // A plain process tells no more than that.
        Assert.Contains(
            "oom_kill 1",
            await File.ReadAllTextAsync(Path.Combine(group, isFirst ? "memory.oom_control" : "memory.events"), Token),
            StringComparison.Ordinal
        );
        await Runtime.RemoveAsync(id, Token);
        await RunningAsync(id, count: 0);
        CgroupSupport.Remove(name);
    }

    [Fact]
    public async Task What_a_program_leaves_behind_when_it_ends_is_killed_with_it()
    {
        var id = await StartAsync("sleep 1000 & exit 0");
        await Runtime.WaitAsync(id, Token);
        await RunningAsync(id, count: 1);

        await Runtime.RemoveAsync(id, Token);

        await Poll.UntilAsync(() => ProcessesOf(id).Count == 0, "its child is dead");
    }

    [Fact]
    public async Task A_launch_that_a_dead_agent_left_behind_cannot_start_once_it_is_given_up()
    {
        var id = "late";
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, "process/containers", id, "work"));
        var files = new ProcessFiles(Path.Combine(Directory, "process/containers", id));

        Assert.Null(files.TryClaim());

        var spec = ASpec("echo I run; exec sleep 1000") with { ContainerId = id };
        await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
        Assert.DoesNotContain("I run", await File.ReadAllTextAsync(spec.LogPath, Token), StringComparison.Ordinal);
    }
}
