using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes.Docker;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests;

public sealed class OciAgentTests : AgentContract
{
    protected override string Runtime => "oci";
}

public sealed class ProcessAgentTests : AgentContract
{
    protected override string Runtime => "process";
}

public sealed class DockerAgentTests(DockerDaemon daemon) : AgentContract
{
    protected override string Runtime => "docker";

    protected override async Task<string?> DockerSocketAsync() => await daemon.SocketAsync();

    protected override async Task<IReadOnlyList<string>> ContainersOfAsync(string directory)
    {
        using var engine = new DockerEngine(await daemon.SocketAsync());
        await engine.NegotiateAsync(TestContext.Current.CancellationToken);
        return await new DockerContainers(engine, directory).ListAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>On a program that imitates rkt, not on rkt.</summary>
public sealed class FakeRktAgentTests : AgentContract
{
    protected override string Runtime => "rkt";
}

/// <summary>On a server that imitates Garden, not on Garden.</summary>
public sealed class FakeGardenAgentTests
{
    [Fact]
    public async Task A_full_disk_is_told_and_stops_nothing_and_all_goes_on_when_there_is_room()
    {
        await using var cell = await AgentHarness.StartAsync("garden");
        await FullDiskStory.TellAsync(cell);
    }
}

/// <summary>A whole agent on a bus, with real instances.</summary>
public abstract class AgentContract : IAsyncLifetime
{
    /// <summary>Five kilobytes, twenty times.</summary>
    private const string Flood =
        "x=0123456789; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; "
        + "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo $x; done";

    private AgentHarness? _cell;

    protected abstract string Runtime { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentHarness Cell => _cell!;

    public async ValueTask InitializeAsync()
    {
        Requirements.SkipUnlessPresent(Runtime);
        _cell = await AgentHarness.StartAsync(Runtime, await DockerSocketAsync());
    }

    /// <summary>What the runtime with this directory has, running or not.</summary>
    protected virtual Task<IReadOnlyList<string>> ContainersOfAsync(string directory) =>
        Task.FromResult<IReadOnlyList<string>>(Directory.GetDirectories(Path.Combine(directory, "containers")));

    protected virtual Task<string?> DockerSocketAsync() => Task.FromResult<string?>(null);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_cell is { } cell)
        {
            await cell.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_agent_reports_at_its_start_and_its_heartbeats_carry_the_same_digest()
    {
        await Cell.StartAgentAsync("h1");

        var report = await Cell.ReportAsync("h1", _ => true, "the first report");
        await Poll.UntilAsync(() => Cell.Heartbeats.Any(beat => beat.Digest == report.Digest), "a heartbeat");

        Assert.Equal(0, report.Revision);
        Assert.Equal(1_000, report.Facts.CpuMillicores);
        Assert.Equal(512, report.Facts.MemoryMebibytes);
        Assert.Equal(Runtime, report.Facts.Runtime);
        Assert.Equal(report.AgentSession, Cell.Heartbeats.First().AgentSession);
    }

    [Fact]
    public async Task An_assigned_instance_runs_and_one_no_longer_assigned_is_gone()
    {
        await Cell.StartAgentAsync("h1");

        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1"), Cell.AnInstance("cart.prod.2"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        await Cell.StateAsync("h1", "cart.prod.2", InstanceState.Ready);
        await Cell.RunningAsync("h1", count: 2);

        await Cell.AssignAsync("h1", revision: 2, Cell.AnInstance("cart.prod.2"));
        var report = await Cell.ReportAsync("h1", one => one.Instances.Count == 1, "one is gone");

        Assert.Equal("cart.prod.2", report.Instances[0].InstanceId);
        Assert.Equal(2, report.Revision);
        await Cell.RunningAsync("h1", count: 1);
    }

    [Fact]
    public async Task An_image_that_was_fetched_ahead_is_not_fetched_when_its_instance_starts()
    {
        await Cell.StartAgentAsync("h1");
        await Cell.SendAsync(
            "h1",
            Samples.AnAssignment(Cell.HostId("h1"), revision: 1) with
            {
                Prefetch = ["test@sha256:" + new string('5', 64), Cell.Image], // The first is nowhere, and stops nothing.
            }
        );
        await Cell.ReportAsync(
            "h1",
            report => report.Images?.Any(digits => Cell.Image.Contains(digits, StringComparison.Ordinal)) == true,
            "the image is here"
        );
        Assert.Empty(Cell.NewestOf("h1")!.Instances);

        Cell.RemoveImageSource();
        await Cell.AssignAsync("h1", revision: 2, Cell.AnInstance("cart.prod.1"));

        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
    }

    [Fact]
    public async Task An_image_that_nobody_needs_any_more_is_removed_and_what_is_needed_stays()
    {
        Cell.KeepNoImages();
        var (ahead, idle) = (Cell.AnotherImage("ahead"), Cell.AnotherImage("idle"));
        await Cell.StartAgentAsync("h1");
        await Assign(revision: 1, ahead, idle);
        await Cell.ReportAsync("h1", report => Holds(report, Cell.Image, ahead, idle), "all are here");
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);

        await Assign(revision: 2, ahead);
        await Cell.ReportAsync(
            "h1",
            report => Holds(report, Cell.Image, ahead) && !Holds(report, idle),
            "one has been removed"
        );
        await Cell.AssignAsync("h1", revision: 3);
        await Cell.ReportAsync("h1", report => !Holds(report, Cell.Image) && !Holds(report, ahead), "all are gone");
        await Cell.AssignAsync("h1", revision: 4, Cell.AnInstance("cart.prod.2"));

        await Cell.StateAsync("h1", "cart.prod.2", InstanceState.Ready);

        Task Assign(long revision, params string[] prefetch) =>
            Cell.SendAsync(
                "h1",
                Samples.AnAssignment(Cell.HostId("h1"), revision, Cell.AnInstance("cart.prod.1")) with
                {
                    Prefetch = prefetch,
                }
            );

        static bool Holds(HostReport report, params string[] images) =>
            images.All(image => report.Images?.Any(digits => image.Contains(digits, StringComparison.Ordinal)) == true);
    }

    [Fact]
    public Task A_full_disk_is_told_and_stops_nothing_and_all_goes_on_when_there_is_room() =>
        FullDiskStory.TellAsync(Cell);

    [Fact]
    public async Task An_agent_on_a_busy_machine_goes_on_when_time_passes_while_it_decides()
    {
        var check = Samples.ACheck() with { IntervalMilliseconds = 500, StartupMilliseconds = 3_000 };
        var agent = await Cell.StartAgentAsync("h1", new TroubledClock(passing: TimeSpan.FromMilliseconds(40)));

        // Nobody answers the check, so there is always something due: a probe, a stop, a restart.
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1") with { Port = 8080, Health = check });
        await Cell.ReportAsync("h1", report => report.Instances.Any(one => one.Restarts > 1), "it is restarted");
        await Cell.AssignAsync("h1", revision: 2, Cell.AnInstance("cart.prod.2"));
        await Cell.ReportAsync(
            "h1",
            report => report.Instances.All(one => one.InstanceId == "cart.prod.2"),
            "one is gone"
        );

        Assert.False(agent.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_bug_ends_the_agent_instead_of_leaving_it_silent()
    {
        var clock = new TroubledClock(passing: TimeSpan.Zero);
        var agent = await Cell.StartAgentAsync("h1", clock);
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);

        clock.IsBroken = true;
        await Cell.AssignAsync("h1", revision: 2, Cell.AnInstance("cart.prod.1"), Cell.AnInstance("cart.prod.2"));

        var bug = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            agent.Completion.WaitAsync(TimeSpan.FromSeconds(20), Token)
        );
        Assert.Equal("The clock is broken.", bug.Message);
    }

    [Fact]
    public async Task An_older_assignment_changes_nothing_and_is_answered_with_a_report()
    {
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync("h1", revision: 5, Cell.AnInstance("cart.prod.1"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        var before = Cell.NewestOf("h1")!.Sequence;

        await Cell.AssignAsync("h1", revision: 4);
        var answer = await Cell.ReportAsync("h1", report => report.Sequence > before, "the answer");

        Assert.Equal(5, answer.Revision);
        Assert.Equal(InstanceState.Ready, Assert.Single(answer.Instances).State);
    }

    [Fact]
    public async Task One_that_is_never_restarted_is_reported_with_its_exit_until_it_is_no_longer_assigned()
    {
        var agent = await Cell.StartAgentAsync("h1");
        var job = Cell.AnInstance("job.prod.1") with
        {
            Command = ["/bin/sh", "-c", "exit 3"],
            Restart = RestartPolicy.Never,
        };
        await Cell.AssignAsync("h1", revision: 1, job);
        var first = await Cell.ReportAsync(
            "h1",
            report => report.Instances.Any(one => one.State == InstanceState.Exited),
            "its exit"
        );

        await agent.StopAsync(Token);
        await Cell.StartAgentAsync("h1");
        var again = await Cell.ReportAsync(
            "h1",
            report =>
                report.AgentSession != first.AgentSession
                && report.Instances.Any(one => one.State == InstanceState.Exited),
            "the exit is reported by the next agent"
        );
        await Cell.RunningAsync("h1", count: 0);
        await Cell.AssignAsync("h1", revision: 2);
        await Cell.ReportAsync("h1", report => report is { Revision: 2, Instances.Count: 0 }, "it is gone");

        var status = Assert.Single(first.Instances);
        Assert.Equal(3, status.Exit?.Code);
        Assert.Equal("exited with 3", status.Reason);
        Assert.Equal(0, status.Restarts);
        Assert.Equal(status, Assert.Single(again.Instances));
        Assert.Empty(Directory.GetFiles(Path.Combine(Cell.OptionsOf("h1").DataDirectory, "instances")));
    }

    [Fact]
    public async Task A_new_generation_replaces_the_running_one()
    {
        await Cell.StartAgentAsync("h1");
        var instance = Cell.AnInstance("cart.prod.1");
        await Cell.AssignAsync("h1", revision: 1, instance);
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        var old = (await Cell.RunningAsync("h1", count: 1))[0];

        await Cell.AssignAsync("h1", revision: 2, instance with { Generation = 2 });
        await Cell.ReportAsync(
            "h1",
            report => report.Instances.Any(one => one is { Generation: 2, State: InstanceState.Ready }),
            "the new generation is ready"
        );

        Assert.NotEqual(old, (await Cell.RunningAsync("h1", count: 1))[0]);
    }

    [Fact]
    public async Task One_killed_with_SIGKILL_is_restarted_and_the_report_says_why()
    {
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        var old = (await Cell.RunningAsync("h1", count: 1))[0];

        Libc.TrySignal(old, Libc.SignalKill);
        var status = await Poll.UntilAsync(
            () =>
                Cell.NewestOf("h1")!
                    .Instances.FirstOrDefault(one => one is { Restarts: 1, State: InstanceState.Ready }),
            "it is ready again"
        );

        Assert.Equal("", status.Reason);
        Assert.NotEqual(old, (await Cell.RunningAsync("h1", count: 1))[0]);
        Assert.Contains(
            Cell.Reports.SelectMany(report => report.Instances),
            one => one is { State: InstanceState.Backoff, Reason: "killed by SIGKILL" }
        );
    }

    [Fact]
    public async Task A_killed_instance_runs_again_at_once()
    {
        await Cell.StartAgentAsync("h1");
        var took = new List<TimeSpan>();
        for (var number = 1; number <= Poll.Tries; number++)
        {
            await Cell.AssignAsync("h1", revision: number, Cell.AnInstance($"cart.prod.{number}"));
            await Cell.StateAsync("h1", $"cart.prod.{number}", InstanceState.Ready);
            var old = (await Cell.RunningAsync("h1", count: 1))[0];
            var killed = Stopwatch.GetTimestamp();

            Libc.TrySignal(old, Libc.SignalKill);
            await Poll.UntilAsync(() => Cell.ProcessesOf("h1").Any(process => process != old), "another runs");

            took.Add(Stopwatch.GetElapsedTime(killed));
        }

        Assert.True(took.Min() < Poll.AtOnce, $"It took at least {took.Min()}.");
    }

    [Fact]
    public async Task One_that_ends_by_itself_waits_with_its_exit_code_as_the_reason()
    {
        await Cell.StartAgentAsync("h1");

        await Cell.AssignAsync(
            "h1",
            revision: 1,
            Cell.AnInstance("cart.prod.1") with
            {
                Command = ["/bin/sh", "-c", "exit 3"],
            }
        );
        var status = await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Backoff);

        Assert.Equal("exited with 3", status.Reason);
    }

    [Fact]
    public async Task An_image_that_nobody_has_is_the_reason_why_it_waits()
    {
        await Cell.StartAgentAsync("h1");

        await Cell.AssignAsync(
            "h1",
            revision: 1,
            Cell.AnInstance("cart.prod.1") with
            {
                Image = "test@sha256:" + new string('a', 64),
            }
        );
        var status = await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Backoff);

        Assert.StartsWith("No image source", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_ready_when_its_check_passes_and_not_ready_when_it_fails()
    {
        await Cell.StartAgentAsync("h1");
        var check = Samples.ACheck() with { IntervalMilliseconds = 50, UnhealthyAfter = 2 };
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1") with { Port = 8080, Health = check });
        // It shares the machine's network, so the test can listen on its port in its stead.
        var address = (
            await Poll.UntilAsync(
                () => Cell.NewestOf("h1")?.Instances.FirstOrDefault(one => one.Address.Length > 0),
                "it has an address"
            )
        ).Address;
        Assert.Equal(InstanceState.Starting, Cell.NewestOf("h1")!.Instances[0].State);

        using (new Answering(address, HttpStatusCode.OK))
        {
            await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        }

        using (new Answering(address, HttpStatusCode.InternalServerError))
        {
            var status = await Cell.StateAsync("h1", "cart.prod.1", InstanceState.NotReady);
            Assert.Contains("/healthz", status.Reason, StringComparison.Ordinal);
        }

        using (new Answering(address, HttpStatusCode.OK))
        {
            await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        }
    }

    [Fact]
    public async Task Not_ready_in_time_it_is_restarted()
    {
        await Cell.StartAgentAsync("h1");
        var check = Samples.ACheck() with { StartupMilliseconds = 300 };
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1") with { Port = 8080, Health = check });

        var status = await Poll.UntilAsync(
            () => Cell.NewestOf("h1")?.Instances.FirstOrDefault(one => one.Restarts > 0),
            "it is restarted"
        );

        Assert.Contains(
            Cell.Reports.SelectMany(report => report.Instances),
            one => one.Reason.StartsWith("not ready within 300 ms", StringComparison.Ordinal)
        );
        Assert.True(status.Restarts > 0);
    }

    [Fact]
    public async Task Each_instance_is_told_who_it_is_and_gets_a_port_of_its_own()
    {
        await Cell.StartAgentAsync("h1");
        var instance = Cell.AnInstance("cart.prod.1") with
        {
            Port = 8080,
            Command =
            [
                "/bin/sh",
                "-c",
                "echo $PORT $ORC_INSTANCE $ORC_SERVICE $ORC_STAGE $ORC_VERSION $ORC_HOST $ORC_GATEWAY; exec sleep 1000",
            ],
        };
        await Cell.AssignAsync("h1", revision: 1, instance, instance with { InstanceId = "cart.prod.2" });
        var first = await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        var second = await Cell.StateAsync("h1", "cart.prod.2", InstanceState.Ready);

        Assert.NotEqual(first.Address, second.Address);
        var port = first.Address["127.0.0.1:".Length..];
        await LoggedAsync($"{port} cart.prod.1 cart prod 1.0.0 {Cell.HostId("h1")} http://127.0.0.1:7480\n");
    }

    [Fact]
    public async Task Logs_are_read_from_the_end_and_onwards()
    {
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync(
            "h1",
            revision: 1,
            Cell.AnInstance("cart.prod.1") with
            {
                Command = ["/bin/sh", "-c", "echo one; echo two; echo three; exec sleep 1000"],
            }
        );
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);

        await LoggedAsync("one\ntwo\nthree\n");
        var tail = await Cell.ReadLogsAsync("h1", ARequest("cart.prod.1") with { TailLines = 1 });
        var rest = await Cell.ReadLogsAsync("h1", ARequest("cart.prod.1") with { Offset = tail.NextOffset });
        var all = await Cell.ReadLogsAsync("h1", ARequest("cart.prod.1") with { Offset = 0 });
        var nobody = await Cell.ReadLogsAsync("h1", ARequest("nobody.prod.1"));
        var hostile = await Cell.ReadLogsAsync("h1", ARequest("../../etc"));

        Assert.Equal("three\n", tail.Text);
        Assert.Equal("", rest.Text);
        Assert.Equal("one\ntwo\nthree\n", all.Text);
        Assert.False(nobody.IsFound);
        Assert.False(hostile.IsFound);
    }

    [Fact]
    public async Task Programs_run_in_instances_and_end_by_themselves_or_when_their_time_is_over()
    {
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);

        var ran = await RunAsync(
            "cart.prod.1",
            ["/bin/sh", "-c", "read word; echo $ORC_INSTANCE $word; exit 3"],
            "hi\n"
        );
        var flood = await RunAsync("cart.prod.1", ["/bin/sh", "-c", Flood], "");
        var slow = await RunAsync("cart.prod.1", ["/bin/sh", "-c", "while :; do echo x; done"], "", 1_000);
        var missing = await RunAsync("cart.prod.1", ["/no/such"], "");
        var nobody = await RunAsync("nobody.prod.1", ["/bin/sh"], "");

        Assert.Equal((3, "cart.prod.1 hi\n", ""), (ran.ExitCode, ran.Output, ran.Failure));
        Assert.Equal((0, 64 * 1024, true), (flood.ExitCode, flood.Output.Length, flood.IsCut));
        Assert.Null(slow.ExitCode);
        Assert.Contains("within 1 s", slow.Failure, StringComparison.Ordinal);
        Assert.Contains("/no/such", missing.Failure, StringComparison.Ordinal);
        Assert.Contains("no such instance", nobody.Failure, StringComparison.Ordinal);
        await Cell.RunningAsync("h1", count: 1); // What was too slow is gone, and the instance runs on.
    }

    [Fact]
    public async Task What_instances_use_is_told_by_instance()
    {
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync(
            "h1",
            revision: 1,
            Cell.AnInstance("idle.prod.1"),
            Cell.AnInstance("busy.prod.1") with
            {
                Command = ["/bin/sh", "-c", "n=0; while :; do n=$((n+1)); done"],
                Health = null,
            }
        );
        await Cell.StateAsync("h1", "idle.prod.1", InstanceState.Ready);
        await Cell.StateAsync("h1", "busy.prod.1", InstanceState.Ready);

        var measured = await Cell.AskAsync<MeasureInstances, InstancesMeasured>(
            "h1",
            "measure",
            new MeasureInstances { RequestId = "measure", ReplyQueue = Queues.Replica("test") }
        );

        Assert.SkipWhen(
            measured.Instances.Count == 0,
            "the runtime cannot measure here: control groups cannot be used"
        );
        var by = measured.Instances.ToDictionary(each => each.InstanceId, StringComparer.Ordinal);
        Assert.Equal(["busy.prod.1", "idle.prod.1"], by.Keys.Order(StringComparer.Ordinal));
        Assert.True(by["busy.prod.1"].CpuMillicores > by["idle.prod.1"].CpuMillicores);
        Assert.All(by.Values, each => Assert.True(each.MemoryBytes > 0));
    }

    [Fact]
    public async Task One_that_hangs_is_restarted_and_a_program_in_it_says_when_it_is_ready()
    {
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync(
            "h1",
            revision: 1,
            Cell.AnInstance("moody.prod.1") with
            {
                // Ready and alive until somebody says otherwise.
                Command = ["/bin/sh", "-c", "echo > ./alive; exec sleep 1000"],
                Health = Asking("read x < ./alive"),
                Liveness = Asking("if read x < ./hangs; then echo it hangs; exit 1; fi"),
            }
        );
        await Cell.StateAsync("h1", "moody.prod.1", InstanceState.Ready);

        await RunAsync("moody.prod.1", ["/bin/sh", "-c", "echo > ./hangs"], "");
        var report = await Cell.ReportAsync(
            "h1",
            one => one.Instances.Any(instance => instance.Restarts == 1),
            "it is restarted"
        );

        Assert.Contains(
            Cell.Reports.SelectMany(one => one.Instances),
            instance => instance.Reason.Contains("not alive: /bin/sh exited with 1: it hangs", StringComparison.Ordinal)
        );
        Assert.Equal("moody.prod.1", report.Instances[0].InstanceId);

        static AssignedHealthCheck Asking(string script) =>
            Samples.ACheck() with
            {
                Protocol = HealthProtocol.Exec,
                Path = "",
                Command = ["/bin/sh", "-c", script],
                IntervalMilliseconds = 100,
                TimeoutMilliseconds = 30_000,
            };
    }

    [Fact]
    public async Task One_that_is_not_wanted_any_more_goes_on_for_its_pre_stop_and_no_longer_than_it_runs()
    {
        const string script = "trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.05; done";
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync(
            "h1",
            revision: 1,
            Lasting("hours.prod.1", preStop: TimeSpan.FromHours(1)),
            Lasting("moment.prod.1", preStop: TimeSpan.FromMilliseconds(300))
        );
        await Cell.StateAsync("h1", "hours.prod.1", InstanceState.Ready);
        await Cell.StateAsync("h1", "moment.prod.1", InstanceState.Ready);
        await Poll.UntilAsync(() => Wrote("hours.prod.1", "up") && Wrote("moment.prod.1", "up"), "both are up");
        // Its shell and the sleep that it waits for; the shell carries the name as the sleep does.
        var hours = MarkedProcesses.Find("ORC_INSTANCE", "hours.prod.1");

        await Cell.AssignAsync("h1", revision: 2);
        await Cell.ReportAsync("h1", one => one.Instances.Count == 1, "the one that waits a moment is gone");

        Assert.True(Wrote("moment.prod.1", "asked"));
        Assert.Equal(InstanceState.Stopping, Cell.NewestOf("h1")!.Instances[0].State);
        Assert.False(Wrote("hours.prod.1", "asked"));
        foreach (var process in hours)
        {
            Libc.TrySignal(process, Libc.SignalKill);
        }

        await Cell.ReportAsync("h1", one => one.Instances.Count == 0, "the other is gone once it has ended");

        AssignedInstance Lasting(string instanceId, TimeSpan preStop) =>
            Cell.AnInstance(instanceId) with
            {
                Command = ["/bin/sh", "-c", script],
                Health = null,
                Container = new AssignedContainer { PreStopMilliseconds = (int)preStop.TotalMilliseconds },
            };
    }

    [Fact]
    public async Task Files_come_with_an_instance_and_what_it_keeps_is_there_for_the_next_one()
    {
        const string script =
            "cat /etc/app/settings; cat /kept/file; echo kept > /kept/file; echo done; exec sleep 1000";
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync("h1", revision: 1, Keeping("first.prod.1", "one\n"));
        if (Runtime == "process")
        {
            await Cell.ReportAsync("h1", Says("files or volumes"), "it is refused");
            return;
        }

        await Cell.StateAsync("h1", "first.prod.1", InstanceState.Ready);
        await Poll.UntilAsync(() => Wrote("first.prod.1", "done"), "it has written a file");
        await Cell.AssignAsync("h1", revision: 2);
        await Cell.ReportAsync("h1", one => one.Instances.Count == 0, "it is gone");
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Cell.DirectoryOf("h1"), "mounts")));
        await Cell.AssignAsync("h1", revision: 3, Keeping("second.prod.1", "two\n"));
        await Cell.StateAsync("h1", "second.prod.1", InstanceState.Ready);

        await Poll.UntilAsync(() => Wrote("second.prod.1", "done"), "it has read both files");
        Assert.True(Wrote("first.prod.1", "one\n"));
        Assert.True(Wrote("second.prod.1", "two\n"));
        Assert.True(Wrote("second.prod.1", "kept\n"));

        AssignedInstance Keeping(string instanceId, string content) =>
            Cell.AnInstance(instanceId) with
            {
                Command = ["/bin/sh", "-c", script],
                Health = null,
                Container = new AssignedContainer
                {
                    Files = [new AssignedFile("/etc/app/settings", content, Mode: 0x124)],
                    Volumes = [new AssignedVolume { Path = "/kept", Name = "data" }],
                },
            };

        static Func<HostReport, bool> Says(string text) =>
            report => report.Instances.Any(one => one.Reason.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_is_read_by_its_instance_alone_and_a_new_value_by_its_next_start()
    {
        const string script = "read x < /run/password; echo \"it is ${x#canary-}\"; exec sleep 1000";
        await Cell.StartAgentAsync("h1");
        var first = await Cell.ReportAsync("h1", _ => true, "the first report");
        var key = first.Facts.SecretsKey!;
        await Cell.AssignAsync("h1", revision: 1, Knowing(SealedText.For(key, "password", "canary-one\n"u8.ToArray())));
        if (Runtime == "process")
        {
            await Cell.ReportAsync(
                "h1",
                one => one.Instances.Any(each => each.Reason.Contains("files or volumes", StringComparison.Ordinal)),
                "it is refused"
            );
            return;
        }

        await Cell.StateAsync("h1", "knows.prod.1", InstanceState.Ready);
        await Poll.UntilAsync(() => Wrote("knows.prod.1", "it is one"), "it has read it");
        Assert.DoesNotContain("canary-one", EverythingIn(Cell.DirectoryOf("h1")), StringComparison.Ordinal);
        await Cell.AssignAsync("h1", revision: 2, Knowing(SealedText.For(key, "password", "canary-two\n"u8.ToArray())));
        await Cell.ReportAsync("h1", one => one.Revision == 2, "it holds the new one");
        Assert.False(Wrote("knows.prod.1", "it is two"));
        Libc.TrySignal((await Cell.RunningAsync("h1", count: 1))[0], Libc.SignalKill);
        await Poll.UntilAsync(() => Wrote("knows.prod.1", "it is two"), "it has started anew");
        await Cell.AssignAsync("h1", revision: 3);
        await Cell.ReportAsync("h1", one => one.Instances.Count == 0, "it is gone");

        Assert.Empty(Directory.GetFiles(Cell.OptionsOf("h1").SecretsDirectory, "*", SearchOption.AllDirectories));

        AssignedInstance Knowing(string text) =>
            Cell.AnInstance("knows.prod.1") with
            {
                Command = ["/bin/sh", "-c", script],
                Health = null,
                Container = new AssignedContainer
                {
                    Secrets =
                    [
                        new AssignedSecret
                        {
                            Name = "password",
                            Path = "/run/password",
                            Sealed = text,
                        },
                    ],
                },
            };
    }

    [Fact]
    public async Task One_that_stops_with_its_instances_gives_them_their_grace_and_leaves_nothing()
    {
        var agent = await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync(
            "h1",
            revision: 1,
            Cell.AnInstance("polite.prod.1") with
            {
                Command = ["/bin/sh", "-c", "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done"],
                Health = null,
            }
        );
        await Cell.StateAsync("h1", "polite.prod.1", InstanceState.Ready);
        await Poll.UntilAsync(() => WrittenBy("polite.prod.1").Contains("up", StringComparison.Ordinal), "it is up");

        await agent.StopWithInstancesAsync();

        Assert.Contains("bye", WrittenBy("polite.prod.1"), StringComparison.Ordinal);
        await Cell.RunningAsync("h1", count: 0);
        await Cell.StartAgentAsync("h1");
        var again = await Cell.StateAsync("h1", "polite.prod.1", InstanceState.Ready);
        Assert.Equal(0, again.Restarts);
    }

    private string WrittenBy(string instanceId) =>
        string.Concat(
            Directory.EnumerateFiles(Path.Combine(Cell.DirectoryOf("h1"), "logs", instanceId)).Select(File.ReadAllText)
        );

    /// <summary>What somebody finds who has the disk.</summary>
    private static string EverythingIn(string directory) =>
        string.Concat(
            Directory
                .EnumerateFiles(
                    directory,
                    "*",
                    new EnumerationOptions
                    {
                        RecurseSubdirectories = true,
                        AttributesToSkip = FileAttributes.ReparsePoint,
                    }
                )
                .Where(path => !path.Contains("/images/", StringComparison.Ordinal))
                .Where(path => new FileInfo(path).Length > 0) // Not the pipes of containers, which nobody writes to.
                .Select(path => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path)))
        );

    private bool Wrote(string instanceId, string text) =>
        WrittenBy(instanceId).Contains(text, StringComparison.Ordinal);

    [Fact]
    public async Task Instances_outlive_the_agent_and_the_next_one_takes_them_over()
    {
        var agent = await Cell.StartAgentAsync("h1");
        var instance = Cell.AnInstance("cart.prod.1") with { Port = 8080 };
        await Cell.AssignAsync("h1", revision: 1, instance);
        var before = await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        var process = (await Cell.RunningAsync("h1", count: 1))[0];
        var session = Cell.NewestOf("h1")!.AgentSession;

        await agent.StopAsync(Token);
        Assert.Equal(process, (await Cell.RunningAsync("h1", count: 1))[0]);
        await Cell.StartAgentAsync("h1");
        var report = await Cell.ReportAsync("h1", report => report.AgentSession != session, "the new agent's report");

        var status = Assert.Single(report.Instances);
        Assert.Equal(1, report.Revision);
        Assert.Equal(InstanceState.Ready, status.State);
        Assert.Equal(before.Address, status.Address);
        Assert.Equal(0, status.Restarts);
        Assert.Equal(process, (await Cell.RunningAsync("h1", count: 1))[0]);

        Libc.TrySignal(process, Libc.SignalKill);
        await Cell.ReportAsync(
            "h1",
            newer => newer.Instances.Any(one => one is { Restarts: 1, State: InstanceState.Ready }),
            "the new agent restarts it"
        );
    }

    [Fact]
    public async Task One_that_died_while_no_agent_watched_is_started_again()
    {
        var agent = await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        await agent.StopAsync(Token);

        Libc.TrySignal((await Cell.RunningAsync("h1", count: 1))[0], Libc.SignalKill);
        await Poll.UntilAsync(() => Cell.ProcessesOf("h1").Count == 0, "it is dead");
        await Cell.StartAgentAsync("h1");

        await Cell.ReportAsync(
            "h1",
            report => report.Instances.Any(one => one is { Restarts: 1, State: InstanceState.Ready }),
            "it runs again"
        );
        await Cell.RunningAsync("h1", count: 1);
    }

    [Fact]
    public async Task What_the_assignment_on_disk_no_longer_has_is_stopped_by_the_next_agent()
    {
        var agent = await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1"), Cell.AnInstance("cart.prod.2"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        await Cell.StateAsync("h1", "cart.prod.2", InstanceState.Ready);
        await agent.StopAsync(Token);
        var data = Cell.OptionsOf("h1").DataDirectory;
        // One whose record was lost, and one that was unassigned just before the agent died.
        File.Delete(Path.Combine(data, "instances", "cart.prod.1.json"));
        var file = new Assignments.AssignmentFile(Path.Combine(data, "assignment.json"));
        await file.WriteAsync(Samples.AnAssignment(Cell.HostId("h1"), revision: 2), Token);

        await Cell.StartAgentAsync("h1");

        await Cell.ReportAsync("h1", report => report is { Revision: 2, Instances.Count: 0 }, "nothing is left");
        Assert.Empty(Cell.ProcessesOf("h1"));
        Assert.Empty(await ContainersOfAsync(Path.Combine(data, Runtime)));
    }

    [Fact]
    public async Task A_power_cut_kills_everything_silently_and_powered_on_again_it_all_comes_back()
    {
        var agent = await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1"), Cell.AnInstance("cart.prod.2"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);
        await Cell.StateAsync("h1", "cart.prod.2", InstanceState.Ready);
        var reports = Cell.Reports.Count();

        await agent.PowerOffAsync();

        await Poll.UntilAsync(() => Cell.ProcessesOf("h1").Count == 0, "all are dead");
        Assert.Equal(reports, Cell.Reports.Count());

        await Cell.StartAgentAsync("h1");
        await Cell.ReportAsync(
            "h1",
            report =>
                report.Instances.Count == 2
                && report.Instances.All(one => one is { State: InstanceState.Ready, Restarts: 1 }),
            "both run again"
        );
        await Cell.RunningAsync("h1", count: 2);
    }

    [Fact]
    public async Task A_power_cut_in_the_middle_of_many_starts_leaves_nothing_running()
    {
        var agent = await Cell.StartAgentAsync("h1");
        var instances = Enumerable.Range(1, 15).Select(number => Cell.AnInstance($"cart.prod.{number}")).ToArray();
        await Cell.AssignAsync("h1", revision: 1, instances);
        await Poll.UntilAsync(() => Cell.ProcessesOf("h1").Count > 2, "some run");

        await agent.PowerOffAsync();

        Assert.Empty(Cell.ProcessesOf("h1"));
        await Cell.StartAgentAsync("h1");
        await Cell.ReportAsync(
            "h1",
            report => report.Instances.Count == 15 && report.Instances.All(one => one.State == InstanceState.Ready),
            "all run"
        );
        await Cell.RunningAsync("h1", count: 15);
    }

    [Fact]
    public async Task Three_agents_on_one_machine_do_not_see_each_other()
    {
        string[] hosts = ["h1", "h2", "h3"];
        var agents = await Task.WhenAll(hosts.Select(Cell.StartAgentAsync));
        foreach (var host in hosts)
        {
            await Cell.AssignAsync(host, revision: 1, Cell.AnInstance("cart.prod.1"), Cell.AnInstance("cart.prod.2"));
        }

        foreach (var host in hosts)
        {
            await Cell.StateAsync(host, "cart.prod.1", InstanceState.Ready);
            await Cell.StateAsync(host, "cart.prod.2", InstanceState.Ready);
        }

        await agents[0].PowerOffAsync();
        await Cell.AssignAsync("h2", revision: 2);
        await Cell.ReportAsync("h2", report => report is { Revision: 2, Instances.Count: 0 }, "h2 is empty");

        Assert.Empty(Cell.ProcessesOf("h1"));
        Assert.Empty(Cell.ProcessesOf("h2"));
        await Cell.RunningAsync("h3", count: 2);
    }

    [Fact]
    public async Task Two_agents_cannot_hold_one_directory()
    {
        await Cell.StartAgentAsync("h1");

        await Assert.ThrowsAsync<IOException>(() => Cell.StartAgentAsync("h1"));
    }

    [Fact]
    public async Task Options_that_cannot_work_are_refused_at_the_start()
    {
        var options = Cell.OptionsOf("h1");
        options.HostId = "../h1";
        options.PortRangeTo = options.PortRangeFrom - 1;

        await using var bus = await Messaging.MessageBus.StartInMemoryAsync(Token);
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            HostAgent.StartAsync(options, bus, NullLoggerFactory.Instance, TimeProvider.System, Token)
        );

        Assert.Equal(2, refusal.Failures.Count());
    }

    [Fact]
    public async Task A_file_is_put_into_an_instance_or_it_is_told_why_not()
    {
        await Cell.StartAgentAsync("h1");
        await Cell.AssignAsync("h1", revision: 1, Cell.AnInstance("cart.prod.1"));
        await Cell.StateAsync("h1", "cart.prod.1", InstanceState.Ready);

        var copied = await CopyAsync("cart.prod.1", "/tmp/settings", "aGVsbG8=");
        var nobody = await CopyAsync("cart.prod.2", "/tmp/settings", "aGVsbG8=");
        var astray = await CopyAsync("cart.prod.1", "/tmp/../etc/settings", "aGVsbG8=");
        var damaged = await CopyAsync("cart.prod.1", "/tmp/settings", "???");

        Assert.Equal("the host has no such instance", nobody.Failure);
        Assert.Contains("Nothing can be copied there", astray.Failure, StringComparison.Ordinal);
        Assert.NotEmpty(damaged.Failure);
        if (Runtime == "process")
        {
            Assert.Contains("this machine's files", copied.Failure, StringComparison.Ordinal);
            return;
        }

        Assert.Equal("", copied.Failure);
        Assert.Equal("hello", (await RunAsync("cart.prod.1", ["/bin/cat", "/tmp/settings"], "")).Output);
    }

    private Task<FileCopied> CopyAsync(string instance, string path, string content)
    {
        var id = Guid.NewGuid().ToString("N");
        return Cell.AskAsync<CopyFile, FileCopied>(
            "h1",
            id,
            new CopyFile
            {
                RequestId = id,
                ReplyQueue = Queues.Replica("test"),
                InstanceId = instance,
                Path = path,
                Mode = 0x1A4,
                Content = content,
            }
        );
    }

    private Task<ProgramRan> RunAsync(string instance, string[] arguments, string input, int milliseconds = 60_000)
    {
        var id = Guid.NewGuid().ToString("N");
        return Cell.AskAsync<RunProgram, ProgramRan>(
            "h1",
            id,
            new RunProgram
            {
                RequestId = id,
                ReplyQueue = Queues.Replica("test"),
                InstanceId = instance,
                Arguments = arguments,
                Input = input,
                TimeoutMilliseconds = milliseconds,
            }
        );
    }

    private static ReadLogs ARequest(string instanceId) =>
        new()
        {
            RequestId = Guid.NewGuid().ToString("N"),
            ReplyQueue = Queues.Replica("test"),
            InstanceId = instanceId,
            TailLines = 100,
        };

    private async Task LoggedAsync(string expected)
    {
        var text = "";
        var started = Stopwatch.GetTimestamp();
        while (text != expected && Stopwatch.GetElapsedTime(started) < Poll.Deadline)
        {
            text = (await Cell.ReadLogsAsync("h1", ARequest("cart.prod.1"))).Text;
        }

        Assert.Equal(expected, text);
    }

    /// <summary>Answers every request on an address with one status.</summary>
    private sealed class Answering : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _answering;

        public Answering(string address, HttpStatusCode status)
        {
            _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://{address}/"));
            _listener.Start();
            _answering = AnswerAsync(status);
        }

        public void Dispose()
        {
            _listener.Close();
            _answering.Wait(Poll.Deadline);
        }

        private async Task AnswerAsync(HttpStatusCode status)
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    context.Response.StatusCode = (int)status;
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Closed: that is how it ends.
            }
        }
    }
}
