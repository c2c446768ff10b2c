using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Oci;
using Orchestrator.HostAgent.Runtimes.Processes;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

public sealed class OciRuntimeTests : RuntimeContract
{
    protected override string Name => "oci";

    [Fact]
    public async Task Limits_are_enforced_by_control_groups()
    {
        var id = await StartAsync("exec sleep 1000", spec => spec with { MemoryLimitMebibytes = 64 });
        var pid = (await RunningAsync(id, count: 1)).Single();

        var groups = await File.ReadAllLinesAsync(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup"),
            Token
        );
        Assert.SkipWhen(!Labels["agent/cgroups"].StartsWith('v'), "control groups cannot be used here");
        var memory = groups.First(line => line.Contains(id, StringComparison.Ordinal) && IsMemory(line)).Split(':')[2];
        var limit =
            Labels["agent/cgroups"] == "v1"
                ? $"/sys/fs/cgroup/memory{memory}/memory.limit_in_bytes"
                : $"/sys/fs/cgroup{memory}/memory.max";

        Assert.Equal("67108864", (await File.ReadAllTextAsync(limit, Token)).Trim());

        static bool IsMemory(string line) =>
            line.Split(':')[1] is "" || line.Split(':')[1].Contains("memory", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_takes_too_much_memory_says_so()
    {
        Assert.SkipWhen(!Labels["agent/cgroups"].StartsWith('v'), "control groups cannot be used here");
        var id = await StartAsync(
            "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x$x$x; done",
            spec => spec with { MemoryLimitMebibytes = 16 }
        );

        var exit = await Runtime.WaitAsync(id, Token);

        Assert.Equal(137, exit.Code);
        Assert.Equal("ran out of memory", exit.Reason);
    }

    [Fact]
    public async Task A_container_sees_only_its_own_processes_and_cannot_mount()
    {
        var id = await StartAsync("echo pid $$; cat /proc/self/status; exec sleep 1000");
        await Poll.UntilAsync(() => LogOf(id).Contains("Seccomp_filters", StringComparison.Ordinal), "the status");

        var log = LogOf(id);
        Assert.Contains("pid 1\n", log, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", log, StringComparison.Ordinal);
        Assert.Contains("CapBnd:\t0000000000000000", log, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", log, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_container_writes_is_its_own_and_goes_with_it()
    {
        var id = await StartAsync("echo mine > /file; cat /file; exec sleep 1000");
        await Poll.UntilAsync(() => LogOf(id) == "mine\n", "the file is written");

        var other = await StartAsync("cat /file || echo none; exec sleep 1000");
        await Poll.UntilAsync(() => LogOf(other).EndsWith("none\n", StringComparison.Ordinal), "no file");

        Assert.DoesNotContain(
            Directory,
            await File.ReadAllTextAsync("/proc/self/mounts", Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_a_power_cut_interrupts_while_it_is_made_does_not_go_on()
    {
        var starting = Enumerable.Range(0, 10).Select(_ => StartAsync("exec sleep 1000")).ToList();
        await Poll.UntilAsync(
            () => ContainerHelpers.Find(one => one.StartsWith(Directory, StringComparison.Ordinal)).Count > 0,
            "some are being made"
        );

        await Runtime.CutPowerAsync(Token);
        foreach (var start in starting)
        {
            await Record.ExceptionAsync(() => start); // It may have got through, or not.
        }

        await Runtime.CutPowerAsync(Token);

        Assert.Empty(ContainerHelpers.Find(one => one.Contains(Directory, StringComparison.Ordinal)));
        Assert.All(Runtime.List(), id => Assert.Empty(ProcessesOf(id)));
        Assert.All(Runtime.List(), id => Assert.Empty(GroupsOf(id)));
    }

    [Fact]
    public async Task A_removed_container_leaves_no_control_group()
    {
        var id = await StartAsync("exec sleep 1000");
        Assert.SkipWhen(!Labels["agent/cgroups"].StartsWith('v'), "control groups cannot be used here");
        Assert.NotEmpty(GroupsOf(id));

        await Runtime.RemoveAsync(id, Token);

        Assert.Empty(GroupsOf(id));
    }

    private static IEnumerable<string> GroupsOf(string id) =>
        System
            .IO.Directory.EnumerateDirectories("/sys/fs/cgroup")
            .Append("/sys/fs/cgroup")
            .SelectMany(root => System.IO.Directory.EnumerateDirectories(root, $"orchestrator-*{id}"));

    [Fact]
    public async Task Killed_supervisors_are_noticed_and_their_containers_taken_away()
    {
        var id = await StartAsync("exec sleep 1000");
        var container = (await RunningAsync(id, count: 1)).Single();
        var monitor = int.Parse(
            await File.ReadAllTextAsync(Path.Combine(Directory, "oci/containers", id, "conmon.pid"), Token),
            CultureInfo.InvariantCulture
        );

        Libc.TrySignal(monitor, Libc.SignalKill);

        Assert.Equal(ContainerExit.Unseen, await Runtime.WaitAsync(id, Token));
        Assert.IsType<ContainerStatus.Absent>(await Runtime.InspectAsync(id, Token));
        await Runtime.RemoveAsync(id, Token);
        Assert.Null(ProcessIdentity.Of(container));
    }
}

public sealed class ProcessRuntimeTests : RuntimeContract
{
    protected override string Name => "process";

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

/// <summary>What every runtime must do, tried on the real thing.</summary>
public abstract class RuntimeContract : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ExitWatch _exits = new();
    private ImageStore? _images;
    private UnpackedImage? _image;
    private IContainerRuntime? _runtime;

    protected abstract string Name { get; }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Directory => _directory.Path;

    protected IReadOnlyDictionary<string, string> Labels { get; private set; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    private protected IContainerRuntime Runtime => _runtime!;

    public async ValueTask InitializeAsync()
    {
        Requirements.SkipUnlessPresent(Name);
        var image = TinyImage.Build(_directory["layout"]);
        _images = new ImageStore(_directory["images"], [_directory["layout"]], UnpackLimits.Default);
        _runtime = NewRuntime();
        Labels = await Runtime.PrepareAsync(Token);
        _image = await Runtime.EnsureImageAsync(image, Token);
        System.IO.Directory.CreateDirectory(_directory["logs"]);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_runtime is { } runtime && System.IO.Directory.Exists(_directory[$"{Name}/containers"]))
        {
            foreach (var id in runtime.List())
            {
                await runtime.RemoveAsync(id, CancellationToken.None);
            }

            runtime.Dispose();
        }

        _images?.Dispose();
        _exits.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("exit 0", 0, "exited with 0")]
    [InlineData("exit 42", 42, "exited with 42")]
    [InlineData("kill -9 $$; sleep 1000", 137, "killed by SIGKILL")]
    public async Task The_exit_code_is_told(string script, int code, string reason)
    {
        // The first process of a container cannot kill itself, so a child shows what becomes of a signal.
        var id = await StartAsync(Name == "oci" && code == 137 ? "sh -c 'kill -9 $$'; exit $?" : script);

        var exit = await Runtime.WaitAsync(id, Token);

        Assert.Equal(code, exit.Code);
        Assert.Equal(reason, exit.Reason);
        Assert.Equal(new ContainerStatus.Ended(Name == "oci" ? exit : ContainerExit.Unseen), await InspectAsync(id));
    }

    [Fact]
    public async Task A_running_container_is_listed_and_running_until_it_is_removed()
    {
        Assert.IsType<ContainerStatus.Absent>(await InspectAsync("nobody"));
        var id = await StartAsync("exec sleep 1000");

        Assert.IsType<ContainerStatus.Running>(await InspectAsync(id));
        Assert.Equal([id], Runtime.List());

        await Runtime.RemoveAsync(id, Token);

        Assert.IsType<ContainerStatus.Absent>(await InspectAsync(id));
        Assert.Empty(Runtime.List());
        await Poll.UntilAsync(() => ProcessesOf(id).Count == 0, "its process is dead");
    }

    [Fact]
    public async Task One_killed_from_outside_is_noticed_at_once()
    {
        var took = new List<TimeSpan>();
        for (var number = 1; number <= Poll.Tries; number++)
        {
            var id = await StartAsync("exec sleep 1000");
            var process = (await RunningAsync(id, count: 1))[0];
            var waiting = Runtime.WaitAsync(id, Token);
            var started = System.Diagnostics.Stopwatch.GetTimestamp();

            Libc.TrySignal(process, Libc.SignalKill);
            Assert.Equal(137, (await waiting).Code);

            took.Add(System.Diagnostics.Stopwatch.GetElapsedTime(started));
        }

        Assert.True(took.Min() < Poll.AtOnce, $"It took at least {took.Min()}.");
    }

    [Fact]
    public async Task One_that_obeys_SIGTERM_ends_by_itself()
    {
        var id = await StartAsync("trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done");
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it runs");
        var waiting = Runtime.WaitAsync(id, Token);

        await Runtime.StopAsync(id, Poll.Deadline, Token);

        Assert.Equal(7, (await waiting).Code);
    }

    [Fact]
    public async Task One_that_ignores_SIGTERM_is_killed_after_its_grace()
    {
        var id = await StartAsync("trap '' TERM; echo up; while :; do sleep 0.05; done");
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it runs");
        var waiting = Runtime.WaitAsync(id, Token);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var grace = TimeSpan.FromMilliseconds(400);

        await Runtime.StopAsync(id, grace, Token);

        Assert.Equal(137, (await waiting).Code);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) >= grace);
    }

    [Fact]
    public async Task Stopping_and_removing_twice_does_no_harm()
    {
        var id = await StartAsync("exec sleep 1000");

        await Runtime.StopAsync(id, TimeSpan.Zero, Token);
        await Runtime.StopAsync(id, TimeSpan.Zero, Token);
        await Runtime.RemoveAsync(id, Token);
        await Runtime.RemoveAsync(id, Token);
        await Runtime.RemoveAsync("never-there", Token);
    }

    [Fact]
    public async Task Output_and_errors_go_to_the_log()
    {
        var id = await StartAsync("echo out; echo error >&2; exit 0");
        await Runtime.WaitAsync(id, Token);

        await Poll.UntilAsync(() => LogOf(id).Length == "out\nerror\n".Length, "the log is written");
        Assert.Contains("out\n", LogOf(id), StringComparison.Ordinal);
        Assert.Contains("error\n", LogOf(id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_are_passed_and_those_of_the_agent_are_not()
    {
        Environment.SetEnvironmentVariable("AGENT_SECRET", "of the agent");
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["GREETING"] = "a 'b' $c \"d\"" };

        var id = await StartAsync("echo \"[$GREETING][$AGENT_SECRET]\"", spec => spec with { Environment = variables });
        await Runtime.WaitAsync(id, Token);

        await Poll.UntilAsync(() => LogOf(id) == "[a 'b' $c \"d\"][]\n", "the variables are printed");
    }

    [Fact]
    public async Task A_program_that_the_image_does_not_have_is_refused_and_leaves_nothing_running()
    {
        var spec = ASpec("") with { Command = ["/no/such/program"] };

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
        await Runtime.RemoveAsync(spec.ContainerId, Token);

        Assert.Contains("/no/such/program", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Runtime.List());
    }

    [Fact]
    public async Task Another_agent_finds_it_running_and_sees_its_end()
    {
        var id = await StartAsync("exec sleep 1000");
        var pid = (await RunningAsync(id, count: 1)).Single();
        using var other = NewRuntime();
        await other.PrepareAsync(Token);

        Assert.IsType<ContainerStatus.Running>(await other.InspectAsync(id, Token));
        var waiting = other.WaitAsync(id, Token);
        Libc.TrySignal(pid, Libc.SignalKill);
        var exit = await waiting;

        Assert.Equal(Name == "oci" ? 137 : null, exit.Code);
    }

    [Fact]
    public async Task A_power_cut_kills_everything_and_the_rest_can_be_cleared_away()
    {
        var ids = new[] { await StartAsync("exec sleep 1000"), await StartAsync("sleep 1000 & exec sleep 1000") };

        await Runtime.CutPowerAsync(Token);

        await Poll.UntilAsync(() => ids.All(id => ProcessesOf(id).Count == 0), "all are dead");
        Assert.All(ids, id => Assert.Contains(id, Runtime.List()));
        foreach (var id in ids)
        {
            Assert.IsNotType<ContainerStatus.Running>(await InspectAsync(id));
            await Runtime.RemoveAsync(id, Token);
        }

        Assert.Empty(Runtime.List());
    }

    [Fact]
    public async Task Many_start_and_go_side_by_side()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => StartAsync("exec sleep 1000")));
        await Task.WhenAll(ids.Select(id => RunningAsync(id, count: 1)));

        await Task.WhenAll(ids.Select(id => Runtime.RemoveAsync(id, Token)));

        Assert.Empty(Runtime.List());
    }

    protected async Task<string> StartAsync(string script) => await StartAsync(script, spec => spec);

    private protected async Task<string> StartAsync(string script, Func<ContainerSpec, ContainerSpec> change)
    {
        var spec = change(ASpec(script));
        await Runtime.StartAsync(spec, Token);
        return spec.ContainerId;
    }

    private protected ContainerSpec ASpec(string script)
    {
        // As long as real ones can be: paths of sockets and groups have their limits.
        var unique = Guid.NewGuid().ToString("N")[..8];
        var id = $"{new string('s', 63)}.{new string('t', 63)}.1.1.{unique}";
        return new ContainerSpec
        {
            ContainerId = id,
            Image = _image!,
            Command = ["/bin/sh", "-c", script],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["MARK"] = id },
            LogPath = _directory[$"logs/{id}"],
            CpuMillicores = 10,
            CpuLimitMillicores = 0,
            MemoryLimitMebibytes = 0,
        };
    }

    protected string LogOf(string id) =>
        File.Exists(_directory[$"logs/{id}"])
            ? LogText.Of(File.ReadAllBytes(_directory[$"logs/{id}"]), Runtime.LogFormat)
            : "";

    protected static IReadOnlyList<int> ProcessesOf(string id) => MarkedProcesses.Find("MARK", id);

    /// <summary>A container's program takes its place a moment after it was started.</summary>
    protected static Task<IReadOnlyList<int>> RunningAsync(string id, int count) =>
        Poll.UntilAsync(
            () => ProcessesOf(id) is { } running && running.Count == count ? running : null,
            $"{id} has {count} processes"
        );

    private Task<ContainerStatus> InspectAsync(string id) => Runtime.InspectAsync(id, Token);

    private IContainerRuntime NewRuntime() =>
        Name == "oci"
            ? new OciRuntime(_directory["oci"], _images!, _exits, NullLogger<OciRuntime>.Instance)
            : new ProcessRuntime(_directory["process"], _images!, _exits);
}
