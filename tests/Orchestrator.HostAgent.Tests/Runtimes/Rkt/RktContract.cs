using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Rkt;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes.Rkt;

/// <summary>What the driver must do beyond the common contract, on rkt and on its imitation alike.</summary>
public abstract class RktContract : RuntimeContract
{
    private ImageStore? _images;
    private ExitWatch? _exits;

    protected override string Name => "rkt";

    /// <summary>In fly, which these run on.</summary>
    protected override bool? HasInit => false;

    protected override bool HasMemoryMounts => false;

    protected override bool HidesVariables => false;

    private protected RktSettings Settings => NewSettings();

    private protected string DataDirectory => Path.Combine(Directory, Name, "data");

    /// <summary>Calls the program itself, on the driver's pods.</summary>
    private protected RktCommands Commands => new(Settings, DataDirectory);

    private protected abstract RktSettings NewSettings();

    private protected sealed override IContainerRuntime NewRuntime(string directory, ImageStore images, ExitWatch exits)
    {
        (_images, _exits) = (images, exits);
        return NewRuntime(directory, NewSettings());
    }

    private protected RktRuntime NewRuntime(string directory, RktSettings settings) =>
        new(settings, directory, _images!, _exits!, NullLogger<RktRuntime>.Instance);

    /// <summary>One more agent on the same containers.</summary>
    private protected async Task<RktRuntime> AnotherAgentAsync()
    {
        var other = NewRuntime(Path.Combine(Directory, Name), NewSettings());
        await other.PrepareAsync(Token);
        return other;
    }

    [Fact]
    public void Its_version_and_the_flavour_of_its_stage1_are_told()
    {
        Assert.NotEmpty(Labels["agent/rkt"]);
        Assert.NotEmpty(Labels["agent/stage1"]);
    }

    [Fact]
    public async Task How_it_ended_is_known_to_an_agent_that_was_not_there()
    {
        var id = await StartAsync("exit 42");
        await Runtime.WaitAsync(id, Token);
        using var other = await AnotherAgentAsync();

        Assert.Equal(
            new ContainerStatus.Ended(new ContainerExit(42, IsOutOfMemory: false)),
            await other.InspectAsync(id, Token)
        );
        Assert.Equal(42, (await other.WaitAsync(id, Token)).Code);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_and_whoever_has_it_runs_on()
    {
        var spec = ASpec("exec sleep 1000");
        await Runtime.StartAsync(spec, Token);

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));

        Assert.Contains($"There is a container {spec.ContainerId} already", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<ContainerStatus.Running>(await Runtime.InspectAsync(spec.ContainerId, Token));
        await RunningAsync(spec.ContainerId, count: 1);
    }

    [Fact]
    public async Task Children_that_a_program_left_behind_are_taken_away_with_it()
    {
        var id = await StartAsync("sleep 1000 & sleep 1000 & echo up; exit 7");

        Assert.Equal(7, (await Runtime.WaitAsync(id, Token)).Code);
        await Runtime.RemoveAsync(id, Token);

        Assert.Empty(ProcessesOf(id));
        Assert.Empty(await Runtime.ListAsync(Token));
        Assert.Equal("up\n", LogOf(id));
    }

    [Fact]
    public async Task Children_that_a_program_left_behind_end_when_it_is_stopped()
    {
        var id = await StartAsync("trap 'exit 3' TERM; sleep 1000 & echo up; while :; do sleep 0.05; done");
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it runs");

        await Runtime.StopAsync(id, Term(Poll.Deadline), Token);

        Assert.Equal(3, (await Runtime.WaitAsync(id, Token)).Code);
        Assert.Empty(ProcessesOf(id));
    }

    [Fact]
    public async Task Limits_are_enforced_by_control_groups_of_our_own()
    {
        Assert.SkipWhen(Labels["agent/cgroups"] != "v1", "control groups of version 1 cannot be used here");
        var id = await StartAsync(
            "exec sleep 1000",
            spec => spec with { CpuMillicores = 500, CpuLimitMillicores = 250, MemoryLimitMebibytes = 64 }
        );
        var process = (await RunningAsync(id, count: 1)).Single();

        Assert.Equal("67108864", await LimitOfAsync("memory", "memory.limit_in_bytes"));
        Assert.Equal("512", await LimitOfAsync("cpu", "cpu.shares"));
        Assert.Equal("25000", await LimitOfAsync("cpu", "cpu.cfs_quota_us"));
        Assert.Equal("4096", await LimitOfAsync("pids", "pids.max"));
        await Runtime.RemoveAsync(id, Token);
        Assert.Empty(GroupsOf(id));

        async Task<string> LimitOfAsync(string controller, string file)
        {
            var groups = await File.ReadAllLinesAsync(ProcessIdentity.PathOf(process, "cgroup"), Token);
            var group = groups.First(line => line.Split(':')[1] == controller).Split(':')[2];
            return (await File.ReadAllTextAsync($"/sys/fs/cgroup/{controller}{group}/{file}", Token)).Trim();
        }
    }

    [Fact]
    public async Task A_container_that_takes_too_much_memory_says_so()
    {
        Assert.SkipWhen(!Labels["agent/cgroups"].StartsWith('v'), "control groups cannot be used here");
        var id = await StartAsync(
            "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x$x$x; done",
            spec => spec with { MemoryLimitMebibytes = 32 }
        );

        var exit = await Runtime.WaitAsync(id, Token);

        Assert.Equal(137, exit.Code);
        Assert.Equal("ran out of memory", exit.Reason);
    }

    [Fact]
    public async Task It_runs_as_the_images_user_in_the_images_directory()
    {
        var id = await StartAsync(
            "echo in $PWD; exec sleep 1000",
            spec =>
                spec with
                {
                    Image = spec.Image with
                    {
                        Config = spec.Image.Config with { User = "1234:2345", WorkingDir = "/tmp" },
                    },
                }
        );
        await Poll.UntilAsync(() => LogOf(id) == "in /tmp\n", "it runs");

        var status = await File.ReadAllLinesAsync(ProcessIdentity.PathOf(ProcessesOf(id).Single(), "status"), Token);

        Assert.Contains("Uid:\t1234\t1234\t1234\t1234", status);
        Assert.Contains("Gid:\t2345\t2345\t2345\t2345", status);
    }

    [Fact]
    public async Task As_many_files_can_be_open_as_was_set()
    {
        using var runtime = NewRuntime(Path.Combine(Directory, "few"), NewSettings() with { OpenFiles = 777 });
        await runtime.PrepareAsync(Token);
        var spec = ASpec("ulimit -n");
        await runtime.StartAsync(spec, Token);
        await runtime.WaitAsync(spec.ContainerId, Token);

        await Poll.UntilAsync(() => LogOf(spec.ContainerId) == "777\n", "it tells");
        await runtime.RemoveAsync(spec.ContainerId, Token);
    }

    [Fact]
    public async Task A_killed_supervisor_is_noticed_and_its_container_taken_away()
    {
        var id = await StartAsync("exec sleep 1000");
        var program = (await RunningAsync(id, count: 1)).Single();
        var claim = await File.ReadAllTextAsync(Path.Combine(Directory, "rkt/containers", id, "claim"), Token);

        Libc.TrySignal(int.Parse(claim.Split(' ')[0], CultureInfo.InvariantCulture), Libc.SignalKill);

        Assert.Equal(ContainerExit.Unseen, await Runtime.WaitAsync(id, Token));
        Assert.IsType<ContainerStatus.Absent>(await Runtime.InspectAsync(id, Token));
        await Runtime.RemoveAsync(id, Token);
        Assert.Null(ProcessIdentity.Of(program));
    }

    [Fact]
    public async Task A_pod_that_somebody_else_removed_does_no_harm()
    {
        var ended = await StartAsync("exit 5");
        await Runtime.WaitAsync(ended, Token);
        var pod = Assert.Single(RktPod.ParseList(await Commands.AskAsync(["list", "--format=json"], Token)));
        await Commands.AskAsync(["rm", pod.Name], Token);

        Assert.Equal(5, (await Runtime.WaitAsync(ended, Token)).Code);
        Assert.IsType<ContainerStatus.Ended>(await Runtime.InspectAsync(ended, Token));
        await Runtime.StopAsync(ended, Term(TimeSpan.Zero), Token);
        await Runtime.RemoveAsync(ended, Token);
        Assert.Empty(await Runtime.ListAsync(Token));
    }

    [Fact]
    public async Task A_pod_whose_container_the_disk_forgot_is_listed_and_taken_away()
    {
        var id = await StartAsync("exec sleep 1000");
        System.IO.Directory.Delete(Path.Combine(Directory, "rkt/containers", id), recursive: true);

        var left = Assert.Single(await Runtime.ListAsync(Token));
        await Runtime.RemoveAsync(left, Token);

        Assert.NotEqual(id, left);
        Assert.Empty(await Runtime.ListAsync(Token));
        Assert.Empty(ProcessesOf(id));
        using var other = await AnotherAgentAsync();
        Assert.Empty(GroupsOf(id));
    }

    [Fact]
    public async Task Hosts_of_one_machine_do_not_see_each_others_containers()
    {
        var id = await StartAsync("exec sleep 1000");
        await RunningAsync(id, count: 1);
        using var other = NewRuntime(Path.Combine(Directory, "other"), NewSettings());
        await other.PrepareAsync(Token);

        Assert.Empty(await other.ListAsync(Token));
        await other.RemoveAsync(id, Token);
        await other.CutPowerAsync(Token);

        await RunningAsync(id, count: 1);
    }

    [Fact]
    public async Task A_program_run_in_a_container_is_bound_by_its_limits_and_goes_with_it()
    {
        Assert.SkipWhen(!Labels["agent/cgroups"].StartsWith('v'), "control groups cannot be used here");
        var id = await StartAsync("exec sleep 1000");
        await RunningAsync(id, count: 1);
        var visit = Runtime.ExecuteAsync(
            id,
            new ContainerExec
            {
                Arguments = ["sleep", "1000"],
                Output = Stream.Null,
                Errors = Stream.Null,
            },
            Token
        );
        var both = await RunningAsync(id, count: 2);
        var groups = await Task.WhenAll(
            both.Select(one => File.ReadAllTextAsync(ProcessIdentity.PathOf(one, "cgroup"), Token))
        );

        await Runtime.RemoveAsync(id, Token);

        Assert.Equal(groups[0], groups[1]);
        Assert.Equal(137, await visit);
    }

    private static IEnumerable<string> GroupsOf(string id) =>
        System.IO.Directory.Exists("/sys/fs/cgroup")
            ? System
                .IO.Directory.EnumerateDirectories("/sys/fs/cgroup")
                .Append("/sys/fs/cgroup")
                .SelectMany(root => System.IO.Directory.EnumerateDirectories(root, $"orchestrator-*{id}"))
            : [];
}
