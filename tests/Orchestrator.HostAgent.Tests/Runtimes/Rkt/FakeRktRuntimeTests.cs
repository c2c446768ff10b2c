using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Rkt;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes.Rkt;

/// <summary>
/// The driver on a program that imitates rkt, not on rkt; what becomes of an agent's death between any two steps; and for
/// each quirk that the imitation has it and that the driver lives with it.
/// </summary>
public sealed class FakeRktRuntimeTests : RktContract
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    protected override bool CanFirstProcessKillItself => true;

    private FakeRkt Fake => new(Path.Combine(Directory, "bin"));

    private protected override RktSettings NewSettings() =>
        new()
        {
            Program = Fake.Path,
            Stage1 = Fake.Stage1,
            Network = RktSettings.HostNetwork,
            OpenFiles = 0,
        };

    [Fact]
    public void The_imitation_is_not_taken_for_rkt()
    {
        Assert.Equal("0.0.0+imitation", Labels["agent/rkt"]);
        Assert.Equal("fly", Labels["agent/stage1"]);
    }

    // An agent dies: what another finds, and takes away.

    [Fact]
    public async Task A_pod_that_was_just_being_prepared_is_taken_away()
    {
        Fake.Stall("prepare");
        var spec = ASpec("exec sleep 1000");
        var dying = Runtime.StartAsync(spec, Token);
        await Poll.UntilAsync(async () => (await PodsAsync()).Count == 1 ? "" : null, "it is being prepared");

        await AssertAnotherTakesItAwayAsync(spec.ContainerId);

        await Assert.ThrowsAsync<RuntimeFailedException>(() => dying); // Its rkt was killed under it.
    }

    [Fact]
    public async Task A_pod_that_was_prepared_and_not_written_down_is_taken_away()
    {
        Fake.Stall("prepare-end");
        var spec = ASpec("exec sleep 1000");
        var dying = Runtime.StartAsync(spec, Token);
        await Poll.UntilAsync(async () => (await PodsAsync()) is [{ State: "prepared" }] ? "" : null, "it is prepared");

        await AssertAnotherTakesItAwayAsync(spec.ContainerId);

        await Assert.ThrowsAsync<RuntimeFailedException>(() => dying);
    }

    [Fact]
    public async Task A_pod_that_was_prepared_and_never_run_is_absent_and_taken_away()
    {
        // As far as an agent gets that dies before it launches: the pod is written down, and nobody runs it.
        var id = await StartAsync("exit 0");
        await Runtime.WaitAsync(id, Token);
        foreach (var file in new[] { "claim", "exit", "uuid", "launch.log", "output" })
        {
            File.Delete(Path.Combine(Directory, "rkt/containers", id, file));
        }

        var pod = Assert.Single(await PodsAsync()).Name;
        System.IO.Directory.Move(
            Path.Combine(DataDirectory, "pods/run", pod),
            Path.Combine(DataDirectory, "pods/prepared", pod)
        );
        await File.WriteAllTextAsync(Path.Combine(Directory, "rkt/containers", id, "uuid"), pod, Token);

        await AssertAnotherTakesItAwayAsync(id);
    }

    [Theory]
    [InlineData("run-prepared")]
    [InlineData("run-prepared-end")]
    public async Task A_pod_that_was_just_being_run_is_taken_away(string place)
    {
        Fake.Stall(place);
        var spec = ASpec("exec sleep 1000");
        var dying = Runtime.StartAsync(spec, Token);
        await Poll.UntilAsync(
            async () =>
                (await PodsAsync()) is [{ IsRunning: true } pod] && pod.HasStarted == (place != "run-prepared")
                    ? ""
                    : null,
            "it has its lock, and is not yet the program"
        );

        using var other = await AnotherAgentAsync();
        Assert.Equal([spec.ContainerId], await other.ListAsync(Token));
        Assert.IsType<ContainerStatus.Running>(await other.InspectAsync(spec.ContainerId, Token));
        // Fly's enter would run it on the machine's own root directory.
        await Assert.ThrowsAsync<RuntimeFailedException>(() =>
            other.ExecuteAsync(
                spec.ContainerId,
                new ContainerExec
                {
                    Arguments = ["true"],
                    Output = Stream.Null,
                    Errors = Stream.Null,
                },
                Token
            )
        );
        await other.RemoveAsync(spec.ContainerId, Token);
        Fake.GoOn(place);

        await Record.ExceptionAsync(() => dying); // It sees that its supervisor is gone, or that its files are.
        Assert.Empty(await other.ListAsync(Token));
        Assert.Empty(ProcessesOf(spec.ContainerId));
    }

    [Fact]
    public async Task A_forgotten_pod_that_was_just_being_run_is_taken_away()
    {
        Fake.Stall("run-prepared");
        var spec = ASpec("exec sleep 1000");
        var dying = Runtime.StartAsync(spec, Token);
        await Poll.UntilAsync(async () => (await PodsAsync()) is [{ IsRunning: true }] ? "" : null, "it has its lock");
        System.IO.Directory.Delete(Path.Combine(Directory, "rkt/containers", spec.ContainerId), recursive: true);

        await Runtime.RemoveAsync(Assert.Single(await Runtime.ListAsync(Token)), Token);

        Assert.Empty(await PodsAsync());
        Fake.GoOn("run-prepared");
        await Record.ExceptionAsync(() => dying);
        Assert.Empty(ProcessesOf(spec.ContainerId));
    }

    [Fact]
    public async Task A_note_alone_is_a_container_that_can_be_taken_away()
    {
        var id = ASpec("").ContainerId;
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, "rkt/containers", id));

        await AssertAnotherTakesItAwayAsync(id);
    }

    [Fact]
    public async Task A_supervisor_that_comes_too_late_starts_nothing()
    {
        var id = await StartAsync("exec sleep 1000");
        var files = new RktFiles(id, Path.Combine(Directory, "rkt/containers", id));
        var pod = files.ReadPod()!;
        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);
        await Runtime.RemoveAsync(id, Token);
        var container = new RktContainer(
            files,
            new RktCgroup(new CgroupSupport("none", MustHideUnified: false), "none"),
            "test/late"
        );
        System.IO.Directory.CreateDirectory(files.Directory);
        files.TakeClaim();

        await Assert.ThrowsAsync<RuntimeFailedException>(() =>
            RktLaunch.StartAsync(
                Commands,
                Settings,
                new RktLaunchContext
                {
                    Container = container,
                    LogPath = Path.Combine(Directory, "logs/late"),
                    Pod = pod,
                    Setsid = Tool.Find("setsid")!,
                    Limits = [],
                    HasEntered = () => true,
                },
                Token
            )
        );

        Assert.Null(files.ReadExitCode());
        Assert.Contains("claim", files.ReadLaunchLog(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_sees_how_containers_end_in_a_power_cut()
    {
        var id = await StartAsync("exec sleep 1000");
        await RunningAsync(id, count: 1);

        await Runtime.CutPowerAsync(Token);

        Assert.Equal(new ContainerStatus.Ended(ContainerExit.Unseen), await Runtime.InspectAsync(id, Token));
    }

    // What goes wrong.

    [Fact]
    public async Task An_agent_without_rkt_says_what_to_do()
    {
        using var missing = NewRuntime(Path.Combine(Directory, "none"), Settings with { Program = "/no/such/rkt" });
        using var other = NewRuntime(Path.Combine(Directory, "none"), Settings with { Program = "/bin/true" });

        var noProgram = await Assert.ThrowsAsync<RuntimeFailedException>(() => missing.PrepareAsync(Token));
        var noVersion = await Assert.ThrowsAsync<RuntimeFailedException>(() => other.PrepareAsync(Token));

        Assert.Contains("Agent:RktPath, which is '/no/such/rkt'", noProgram.Message, StringComparison.Ordinal);
        Assert.Contains("Agent:RktPath", noVersion.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_open_files_than_the_machine_grants_are_refused_at_the_start()
    {
        using var runtime = NewRuntime(Path.Combine(Directory, "many"), Settings with { OpenFiles = int.MaxValue });

        var failure = await Assert.ThrowsAsync<RuntimeFailedException>(() => runtime.PrepareAsync(Token));

        Assert.Contains("Agent:RktOpenFiles is 2147483647", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prepare", "prepare: error setting up stage0: no space left on device")]
    [InlineData("run-prepared", "run-prepared: cannot acquire lock: it is somebody's")]
    public async Task What_rkt_says_is_the_reason_and_nothing_is_left(string verb, string text)
    {
        Fake.Fail(verb, $"{verb}: group \"rkt\" not found, will use default gid when rendering images\n{text}\n");
        var spec = ASpec("exec sleep 1000");

        var failure = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));

        Assert.Equal($"rkt {verb} failed (254): {text}", failure.Message);
        Assert.IsNotType<ContainerStatus.Running>(await Runtime.InspectAsync(spec.ContainerId, Token));
        await Runtime.RemoveAsync(spec.ContainerId, Token);
        Assert.Empty(await Runtime.ListAsync(Token));
    }

    [Fact]
    public async Task An_answer_that_is_no_status_is_a_failure_that_says_so()
    {
        var id = await StartAsync("exec sleep 1000");
        var script = Path.Combine(Directory, "bin/garbled");
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho '<html>'\n", Token);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var exits = new ExitWatch();
        var processes = new RktProcesses("test", DataDirectory, exits);

        var failure = await Assert.ThrowsAsync<RuntimeFailedException>(() =>
            new RktPods(new RktCommands(Settings with { Program = script }, DataDirectory), processes).FindAsync(
                id,
                Token
            )
        );

        Assert.Contains("<html>", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_somebody_cleared_away_is_imported_again()
    {
        await StartAsync("exec sleep 1000");
        System.IO.Directory.Delete(Path.Combine(DataDirectory, "cas"), recursive: true);

        var id = await StartAsync("exec sleep 1000");

        await RunningAsync(id, count: 1);
    }

    [Theory]
    [InlineData("---", "GREETING", "'---'")]
    [InlineData("fine", "2ND", "'2ND'")]
    public async Task What_rkt_could_not_be_told_is_refused(string argument, string variable, string named)
    {
        var spec = ASpec("") with
        {
            Command = ["/bin/sh", argument],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [variable] = "hello" },
        };

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_needs_the_hosts_network()
    {
        using var runtime = NewRuntime(Path.Combine(Directory, "net"), Settings with { Network = "default" });
        await runtime.PrepareAsync(Token);

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() =>
            runtime.StartAsync(ASpec("exec sleep 1000") with { Port = 20_123 }, Token)
        );

        Assert.Contains("Agent:RktNetwork", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await runtime.ListAsync(Token));
    }

    // The quirks, one by one.

    [Fact]
    public async Task Status_never_tells_an_exit_code_so_the_supervisor_does()
    {
        var id = await StartAsync("exit 42");
        await Runtime.WaitAsync(id, Token);

        var status = await Commands.AskAsync(["status", "--format=json", Assert.Single(await PodsAsync()).Name], Token);

        Assert.Contains("\"state\":\"exited\"", status, StringComparison.Ordinal);
        Assert.DoesNotContain("exit_code", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readiness_never_comes_so_the_state_is_polled()
    {
        await StartAsync("exec sleep 1000");

        var answer = await Commands.TryAsync(
            ["status", "--wait-ready=0.1s", Assert.Single(await PodsAsync()).Name],
            Token
        );

        Assert.Equal(254, answer.ExitCode);
        Assert.Equal("status: error waiting for pod readiness: context deadline exceeded\n", answer.Errors);
    }

    [Fact]
    public async Task A_pod_runs_until_the_last_child_ends_and_its_first_process_is_long_gone()
    {
        var id = await StartAsync("sleep 1000 & exit 7");
        await Runtime.WaitAsync(id, Token);
        var pod = Assert.Single(await PodsAsync());

        var removed = await Commands.TryAsync(["rm", pod.Name], Token);
        var stopped = await Commands.TryAsync(["stop", pod.Name], Token);

        Assert.True(pod.IsRunning);
        Assert.Equal((254, 254), (removed.ExitCode, stopped.ExitCode));
        Assert.IsType<ContainerStatus.Ended>(await Runtime.InspectAsync(id, Token));
    }

    [Fact]
    public async Task A_stop_does_not_wait_and_reaches_the_first_process_only()
    {
        var id = await StartAsync(
            "trap '' TERM; (trap 'echo child' TERM; sleep 1000) & echo up; while :; do sleep 0.05; done"
        );
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it runs");
        var waiting = Runtime.WaitAsync(id, Token);

        await Commands.AskAsync(["stop", Assert.Single(await PodsAsync()).Name], Token);

        Assert.NotSame(waiting, await Task.WhenAny(waiting, Task.Delay(Soon, Token)));
        Assert.Equal("up\n", LogOf(id));
        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);
        Assert.Equal(137, (await waiting).Code);
    }

    [Fact]
    public async Task Garbage_is_marked_by_one_collection_and_swept_by_the_next()
    {
        var id = await StartAsync("exit 3");
        await Runtime.WaitAsync(id, Token);

        await Commands.AskAsync(["gc", "--grace-period=0s"], Token);
        Assert.Equal("exited garbage", Assert.Single(await PodsAsync()).State);
        await Commands.AskAsync(["gc", "--grace-period=0s"], Token);
        Assert.Empty(await PodsAsync());

        Assert.Equal(new ContainerExit(3, IsOutOfMemory: false), await Runtime.WaitAsync(id, Token));
        await Runtime.RemoveAsync(id, Token);
    }

    [Fact]
    public async Task A_remark_about_a_group_is_not_the_programs_output()
    {
        Assert.SkipWhen(
            (await File.ReadAllLinesAsync("/etc/group", Token)).Any(line =>
                line.StartsWith("rkt:", StringComparison.Ordinal)
            ),
            "this machine has a group rkt, so nothing is remarked"
        );
        var raw = await Commands.TryAsync(["prepare", "sha512-none"], Token);

        var id = await StartAsync("echo out; exit 0");
        await Runtime.WaitAsync(id, Token);

        Assert.StartsWith("prepare: group \"rkt\" not found", raw.Errors, StringComparison.Ordinal);
        await Poll.UntilAsync(() => LogOf(id) == "out\n", "the log has the output alone");
    }

    private async Task<IReadOnlyList<RktPod>> PodsAsync() =>
        RktPod.ParseList(await Commands.AskAsync(["list", "--format=json"], Token));

    private async Task AssertAnotherTakesItAwayAsync(string id)
    {
        using var other = await AnotherAgentAsync();
        Assert.Equal([id], await other.ListAsync(Token));
        Assert.IsType<ContainerStatus.Absent>(await other.InspectAsync(id, Token));

        await other.RemoveAsync(id, Token);

        Assert.Empty(await other.ListAsync(Token));
        Assert.Empty(await PodsAsync());
        Assert.Empty(ProcessesOf(id));
    }
}
