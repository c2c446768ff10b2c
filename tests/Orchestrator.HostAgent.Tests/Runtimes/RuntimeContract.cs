using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

/// <summary>What every runtime must do, tried on the real thing.</summary>
public abstract class RuntimeContract : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ExitWatch _exits = new();
    private ImageStore? _images;
    private UnpackedImage? _image;
    private IContainerRuntime? _runtime;
    private bool _isPrepared;

    protected abstract string Name { get; }

    /// <summary>Whether SIGKILL reaches the first process of a container from itself.</summary>
    protected virtual bool CanFirstProcessKillItself => false;

    /// <summary>Whether an agent that did not see a container end learns how it did.</summary>
    protected virtual bool RemembersExits => true;

    /// <summary>Whether a program can be asked to end with any signal, and not with SIGTERM alone.</summary>
    protected virtual bool SendsAnySignal => true;

    /// <summary>Whether a soft limit may be below its hard one.</summary>
    protected virtual bool HasSoftLimits => true;

    /// <summary>Whether a container can have an init as its first process; null if its processes are not its own here.</summary>
    protected virtual bool? HasInit => true;

    /// <summary>Whether a container sees what is mounted; null if it sees this machine's files here.</summary>
    protected virtual bool? HasMounts => true;

    /// <summary>Whether nobody sees the variables of a container who may not see all of it.</summary>
    protected virtual bool HidesVariables => true;

    /// <summary>Whether a container can have directories in memory.</summary>
    protected virtual bool HasMemoryMounts => true;

    /// <summary>What is read back of it must come whole.</summary>
    protected virtual int LargeFileBytes => 32 * 1024 * 1024;

    /// <summary>Whether a container has files of its own that something can be copied to.</summary>
    protected virtual bool HasFiles => true;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Directory => _directory.Path;

    protected IReadOnlyDictionary<string, string> Labels { get; private set; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    private protected IContainerRuntime Runtime => _runtime!;

    public virtual async ValueTask InitializeAsync()
    {
        Requirements.SkipUnlessPresent(Name);
        var image = TinyImage.Build(_directory["layout"]);
        _images = new ImageStore(_directory["images"], [_directory["layout"]], UnpackLimits.Default);
        _runtime = NewRuntime();
        Labels = await Runtime.PrepareAsync(Token);
        _isPrepared = true;
        _image = await Runtime.EnsureImageAsync(image, Token);
        System.IO.Directory.CreateDirectory(_directory["logs"]);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_isPrepared && _runtime is { } runtime)
        {
            foreach (var id in await runtime.ListAsync(CancellationToken.None))
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
        var id = await StartAsync(code == 137 && !CanFirstProcessKillItself ? "sh -c 'kill -9 $$'; exit $?" : script);

        var exit = await Runtime.WaitAsync(id, Token);

        Assert.Equal(code, exit.Code);
        Assert.Equal(reason, exit.Reason);
        Assert.Equal(new ContainerStatus.Ended(RemembersExits ? exit : ContainerExit.Unseen), await InspectAsync(id));
    }

    [Fact]
    public async Task A_running_container_is_listed_and_running_until_it_is_removed()
    {
        Assert.IsType<ContainerStatus.Absent>(await InspectAsync("nobody"));
        var id = await StartAsync("exec sleep 1000");

        Assert.IsType<ContainerStatus.Running>(await InspectAsync(id));
        Assert.Equal([id], await Runtime.ListAsync(Token));

        await Runtime.RemoveAsync(id, Token);

        Assert.IsType<ContainerStatus.Absent>(await InspectAsync(id));
        Assert.Empty(await Runtime.ListAsync(Token));
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

        await Runtime.StopAsync(id, Term(Poll.Deadline), Token);

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

        await Runtime.StopAsync(id, Term(grace), Token);

        Assert.Equal(137, (await waiting).Code);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) >= grace);
    }

    [Theory]
    [InlineData("INT", 2)]
    [InlineData("QUIT", 3)]
    [InlineData("USR1", 10)]
    public async Task One_is_asked_to_end_with_the_signal_that_it_wants(string name, int signal)
    {
        var spec = ASpec($"trap 'exit 9' {name}; echo up; while :; do sleep 0.05; done") with { StopSignal = signal };
        if (!SendsAnySignal)
        {
            var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
            Assert.Contains("stopSignal", refusal.Message, StringComparison.Ordinal);
            return;
        }

        await Runtime.StartAsync(spec, Token);
        await Poll.UntilAsync(() => LogOf(spec.ContainerId) == "up\n", "it runs");
        var waiting = Runtime.WaitAsync(spec.ContainerId, Token);

        await Runtime.StopAsync(spec.ContainerId, new ContainerStop(signal, Poll.Deadline), Token);

        Assert.Equal(9, (await waiting).Code);
    }

    [Fact]
    public async Task Limits_of_processes_are_those_that_are_asked_for()
    {
        var limits = new[]
        {
            new ProcessLimit("nofile", HasSoftLimits ? 300 : 400, Hard: 400),
            new ProcessLimit("core", Soft: 0, Hard: 0),
        };

        var id = await StartAsync("ulimit -Sn; ulimit -Hn; ulimit -c; exit 0", spec => spec with { Limits = limits });
        await Runtime.WaitAsync(id, Token);

        await Poll.UntilAsync(() => LogOf(id) == $"{limits[0].Soft}\n400\n0\n", "its limits are printed");
    }

    [Fact]
    public async Task A_limit_that_is_not_known_is_refused_and_so_are_soft_limits_where_there_are_none()
    {
        var unknown = ASpec("exit 0") with { Limits = [new ProcessLimit("nonsense", Soft: 1, Hard: 1)] };
        var soft = ASpec("exit 0") with { Limits = [new ProcessLimit("nofile", Soft: 1, Hard: 2)] };

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(unknown, Token));
        var second = HasSoftLimits
            ? null
            : await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(soft, Token));

        Assert.Contains("'nonsense'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("nofile", second?.Message ?? "nofile", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_init_reaps_what_is_orphaned_and_passes_on_signals_and_exit_codes()
    {
        const string orphan =
            "/bin/sh -c 'sleep 0.05 & :'; trap 'exit 7' TERM; echo up; while :; do sleep 1000 & wait $!; done";
        const string zombies =
            "for s in /proc/[0-9]*/stat; do read -r line < $s || continue; case $line in *') Z '*) echo $line;; esac; done";
        var spec = ASpec(orphan) with { HasInit = true };
        Assert.SkipWhen(HasInit is null, "its processes are those of this machine");
        if (HasInit is false)
        {
            var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
            Assert.Contains("init", refusal.Message, StringComparison.Ordinal);
            return;
        }

        await Runtime.StartAsync(spec, Token);
        var id = spec.ContainerId;
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it runs");
        await Poll.UntilAsync(
            async () =>
                (await ExecuteAsync(id, $"{zombies}; read -r name < /proc/1/comm; echo $name", "")).Output is { } output
                && !output.Contains(") Z ", StringComparison.Ordinal)
                && !output.EndsWith("sh\n", StringComparison.Ordinal)
                    ? output
                    : null,
            "its first process is no shell, and none is left dead"
        );
        var waiting = Runtime.WaitAsync(id, Token);
        await Runtime.StopAsync(id, Term(Poll.Deadline), Token);

        Assert.Equal(7, (await waiting).Code);
    }

    [Fact]
    public async Task Files_and_directories_are_mounted_and_only_written_to_if_they_may_be()
    {
        const string script = """
            cat /etc/app/settings
            cat /kept/before
            echo new > /kept/after
            (echo no > /etc/app/settings) 2>/dev/null || echo refused
            (echo no > /fixed/after) 2>/dev/null || echo refused
            exit 0
            """;
        System.IO.Directory.CreateDirectory(_directory["kept"]);
        await File.WriteAllTextAsync(_directory["settings"], "of the agent\n", Token);
        await File.WriteAllTextAsync(_directory["kept/before"], "of an earlier one\n", Token);
        var spec = ASpec(script) with
        {
            Mounts =
            [
                new ContainerMount.Bind("/etc/app/settings", _directory["settings"], IsReadOnly: true),
                new ContainerMount.Bind("/kept", _directory["kept"], IsReadOnly: false),
                new ContainerMount.Bind("/fixed", _directory["kept"], IsReadOnly: true),
            ],
        };
        Assert.SkipWhen(HasMounts is null, "its files are those of this machine");
        if (HasMounts is false)
        {
            var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
            Assert.Contains("files or volumes", refusal.Message, StringComparison.Ordinal);
            return;
        }

        await Runtime.StartAsync(spec, Token);
        await Runtime.WaitAsync(spec.ContainerId, Token);

        const string expected = "of the agent\nof an earlier one\nrefused\nrefused\n";
        await Poll.UntilAsync(() => LogOf(spec.ContainerId).Length >= expected.Length, "it has written all");
        Assert.Equal(expected, LogOf(spec.ContainerId));
        await Runtime.RemoveAsync(spec.ContainerId, Token);
        Assert.Equal("new\n", await File.ReadAllTextAsync(_directory["kept/after"], Token));
        Assert.Equal("of the agent\n", await File.ReadAllTextAsync(_directory["settings"], Token));
    }

    [Fact]
    public async Task Variables_that_are_secret_are_passed_or_refused_where_others_would_see_them()
    {
        var spec = ASpec("echo $PASSWORD; exit 0") with
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PASSWORD"] = "none" },
            SecretVariables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PASSWORD"] = "hunter2" },
        };
        if (!HidesVariables)
        {
            var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
            Assert.Contains("'PASSWORD' is a secret", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("'path'", refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
            Assert.Empty(await Runtime.ListAsync(Token));
            return;
        }

        await Runtime.StartAsync(spec, Token);
        await Runtime.WaitAsync(spec.ContainerId, Token);

        await Poll.UntilAsync(() => LogOf(spec.ContainerId) == "hunter2\n", "it has its secret");
    }

    [Fact]
    public async Task Memory_is_mounted_with_a_bound_or_refused()
    {
        // A page more than there is room for.
        const string script = """
            x=0123456789abcdef; x=$x$x$x$x; x=$x$x$x$x; x=$x$x$x$x; x=$x$x$x$x
            n=0; while [ $n -lt 257 ]; do echo $x >> /cache/file || break; n=$((n+1)); done 2>/dev/null
            [ $n -lt 257 ] && [ $n -gt 200 ] && echo full
            exit 0
            """;
        var spec = ASpec(script) with { Mounts = [new ContainerMount.Memory("/cache", Mebibytes: 1)] };
        if (!HasMemoryMounts)
        {
            await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
            return;
        }

        await Runtime.StartAsync(spec, Token);
        await Runtime.WaitAsync(spec.ContainerId, Token);

        await Poll.UntilAsync(() => LogOf(spec.ContainerId) == "full\n", "it is full in time");
    }

    [Fact]
    public async Task Stopping_and_removing_twice_does_no_harm()
    {
        var id = await StartAsync("exec sleep 1000");

        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);
        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);
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
        Assert.Empty(await Runtime.ListAsync(Token));
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

        Assert.Equal(RemembersExits ? 137 : null, exit.Code);
    }

    [Fact]
    public async Task A_power_cut_kills_everything_and_the_rest_can_be_cleared_away()
    {
        var ids = new[] { await StartAsync("exec sleep 1000"), await StartAsync("sleep 1000 & exec sleep 1000") };

        await Runtime.CutPowerAsync(Token);

        await Poll.UntilAsync(() => ids.All(id => ProcessesOf(id).Count == 0), "all are dead");
        var left = await Runtime.ListAsync(Token);
        Assert.All(ids, id => Assert.Contains(id, left));
        foreach (var id in ids)
        {
            Assert.IsNotType<ContainerStatus.Running>(await InspectAsync(id));
            await Runtime.RemoveAsync(id, Token);
        }

        Assert.Empty(await Runtime.ListAsync(Token));
    }

    [Fact]
    public async Task Fifty_start_and_go_side_by_side()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => StartAsync("exec sleep 1000")));
        await Task.WhenAll(ids.Select(id => RunningAsync(id, count: 1)));

        await Task.WhenAll(ids.Select(id => Runtime.RemoveAsync(id, Token)));

        Assert.Empty(await Runtime.ListAsync(Token));
    }

    [Fact]
    public async Task An_image_that_nobody_has_is_refused()
    {
        var image = "test@sha256:" + new string('5', 64);

        var refusal = await Assert.ThrowsAsync<ImageRefusedException>(() => Runtime.EnsureImageAsync(image, Token));

        Assert.Contains("55555", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_given_up_while_it_starts_can_be_taken_away_whole()
    {
        for (var milliseconds = 0; milliseconds <= 100; milliseconds += 20)
        {
            var spec = ASpec("exec sleep 1000");
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds));
            _ = await Record.ExceptionAsync(() => Runtime.StartAsync(spec, patience.Token)); // Whether it came too late or not.

            await Runtime.RemoveAsync(spec.ContainerId, Token);

            Assert.IsType<ContainerStatus.Absent>(await InspectAsync(spec.ContainerId));
            Assert.Empty(await Runtime.ListAsync(Token));
            await Poll.UntilAsync(() => ProcessesOf(spec.ContainerId).Count == 0, "nothing of it runs");
        }
    }

    [Fact]
    public async Task One_that_is_started_twice_runs_once()
    {
        var spec = ASpec("exec sleep 1000");
        await Runtime.StartAsync(spec, Token);
        await RunningAsync(spec.ContainerId, count: 1);

        // Refused, or nothing to do: a container's id is never used again, so an answer was lost.
        var again = await Record.ExceptionAsync(() => Runtime.StartAsync(spec, Token));

        Assert.True(again is null or RuntimeFailedException or IOException, $"{again}");
        Assert.Equal([spec.ContainerId], await Runtime.ListAsync(Token));
        await RunningAsync(spec.ContainerId, count: 1);
        await Runtime.RemoveAsync(spec.ContainerId, Token);
        await Poll.UntilAsync(() => ProcessesOf(spec.ContainerId).Count == 0, "it is gone");
    }

    [Theory]
    [InlineData("VALUE", "a\0b")]
    [InlineData("NA\0ME", "value")]
    [InlineData("NA=ME", "value")]
    [InlineData("", "value")]
    public async Task A_variable_that_no_program_can_have_is_refused_and_leaves_nothing(string name, string value)
    {
        var spec = ASpec("exec sleep 1000");
        spec = spec with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value } };

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
        await Runtime.RemoveAsync(spec.ContainerId, Token);

        Assert.Contains("variable", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await Runtime.ListAsync(Token));
    }

    [Fact]
    public async Task A_program_in_a_container_has_its_variables_its_input_and_its_own_exit_code()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["GREETING"] = "hello" };
        var id = await StartAsync("exec sleep 1000", spec => spec with { Environment = variables });

        var (code, output, errors) = await ExecuteAsync(
            id,
            "read line; echo \"$GREETING, $line\"; echo oh >&2; exit 7",
            "you\n"
        );

        Assert.Equal((7, "hello, you\n", "oh\n"), (code, output, errors));
    }

    [Fact]
    public async Task More_output_than_a_pipe_holds_comes_whole()
    {
        var id = await StartAsync("exec sleep 1000");

        var (_, output, _) = await ExecuteAsync(
            id,
            "n=0; while [ $n -lt 5000 ]; do echo 0123456789012345678901234567890123456789; n=$((n+1)); done",
            input: ""
        );

        Assert.Equal(5000 * 41, output.Length);
    }

    [Fact]
    public async Task A_program_that_the_container_does_not_have_is_refused_and_so_is_one_in_a_container_that_ended()
    {
        var id = await StartAsync("exec sleep 1000");

        var missing = await Assert.ThrowsAsync<RuntimeFailedException>(() =>
            Runtime.ExecuteAsync(id, AnExec(["/no/such/program"]), Token)
        );
        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);
        await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.ExecuteAsync(id, AnExec(["true"]), Token));
        await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.ExecuteAsync("nobody", AnExec(["true"]), Token));

        Assert.Contains("/no/such/program", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_no_longer_waited_for_is_killed_and_its_container_runs_on()
    {
        var id = await StartAsync("exec sleep 1000");
        await RunningAsync(id, count: 1);
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = Runtime.ExecuteAsync(id, AnExec(["/bin/sh", "-c", "exec sleep 1000"]), impatience.Token);
        await RunningAsync(id, count: 2);

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        await RunningAsync(id, count: 1);
        Assert.IsType<ContainerStatus.Running>(await InspectAsync(id));
    }

    [Fact]
    public async Task A_file_is_copied_into_a_running_container_whole_and_replaces_what_is_there()
    {
        var id = await StartAsync("exec sleep 1000");
        Assert.SkipUnless(HasFiles, "its files are those of this machine");

        await CopyAsync(id, "/tmp/tool", 0x1ED, "echo first; echo of many lines");
        await CopyAsync(id, "/tmp/tool", 0x1ED, "echo second");
        await CopyAsync(id, "/tmp/data", 0x1A4, "");

        var script =
            $"{Seen("/tmp/tool")}; [ -x {Seen("/tmp/data")} ] || echo plain; cat {Seen("/tmp/data")}; echo {Seen("/tmp/")}*";
        var (code, output, errors) = await ExecuteAsync(id, script, input: "");
        Assert.Equal((0, $"second\nplain\n{Seen("/tmp/data")} {Seen("/tmp/tool")}\n", ""), (code, output, errors));
    }

    [Fact]
    public async Task A_file_of_megabytes_is_copied_as_it_is()
    {
        var id = await StartAsync("exec sleep 1000");
        Assert.SkipUnless(HasFiles, "its files are those of this machine");
        var content = new byte[LargeFileBytes];
        new Random(1).NextBytes(content);

        await Runtime.CopyInAsync(id, ContainerFile.Of("/tmp/large", 0x1A4, new MemoryStream(content)), Token);

        using var output = new MemoryStream();
        var exec = AnExec(["/bin/sh", "-c", $"cat {Seen("/tmp/large")}"]) with { Output = output };
        Assert.Equal(0, await Runtime.ExecuteAsync(id, exec, Token));
        Assert.True(content.AsSpan().SequenceEqual(output.ToArray()));
    }

    [Fact]
    public async Task A_file_is_not_copied_to_where_there_is_no_directory_nor_into_what_does_not_run()
    {
        var id = await StartAsync("exec sleep 1000");
        if (HasFiles)
        {
            var nowhere = await Record.ExceptionAsync(() => CopyAsync(id, "/no/such/directory/file", 0x1A4, "x"));
            var isThere = (await ExecuteAsync(id, $"cat {Seen("/no/such/directory/file")}", "")).Output == "x";
            // Some make the directory; none says that it copied and did not.
            Assert.True(isThere ? nowhere is null : nowhere is RuntimeFailedException, $"{isThere}, {nowhere}");
            await Assert.ThrowsAsync<RuntimeFailedException>(() => CopyAsync(id, "/tmp", 0x1A4, "x"));
        }

        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);

        await Assert.ThrowsAsync<RuntimeFailedException>(() => CopyAsync(id, "/tmp/file", 0x1A4, "x"));
        await Assert.ThrowsAsync<RuntimeFailedException>(() => CopyAsync("nobody", "/tmp/file", 0x1A4, "x"));
    }

    [Fact]
    public async Task What_a_container_uses_is_measured_and_nothing_once_it_has_ended()
    {
        var id = await StartAsync("n=0; while :; do n=$((n+1)); done");
        Assert.SkipWhen(
            await Runtime.MeasureAsync(id, Token) is null,
            "the runtime cannot measure here: control groups cannot be used"
        );

        // A whole core's worth of a tenth of a second: it burns what it can get.
        var busy = await Poll.UntilAsync(
            async () =>
                await Runtime.MeasureAsync(id, Token) is { CpuTime.TotalMilliseconds: > 100 } usage ? usage : null,
            "it has used a tenth of a second"
        );
        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);
        await Runtime.RemoveAsync(id, Token);

        Assert.InRange(busy.MemoryBytes, 1, 64L * 1024 * 1024);
        Assert.InRange(busy.Tasks ?? 1, 1, 2);
        Assert.Null(await Runtime.MeasureAsync(id, Token));
    }

    private async Task<(int Code, string Output, string Errors)> ExecuteAsync(string id, string script, string input)
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        using var standardInput = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input));
        var exec = new ContainerExec
        {
            Arguments = ["/bin/sh", "-c", script],
            Input = standardInput,
            Output = output,
            Errors = errors,
        };
        var code = await Runtime.ExecuteAsync(id, exec, Token);
        return (code, Text(output), Text(errors));

        static string Text(MemoryStream stream) => System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>How a program in <c>/</c> of the container calls the path.</summary>
    protected virtual string Seen(string path) => path;

    private Task CopyAsync(string id, string path, int mode, string content) =>
        Runtime.CopyInAsync(
            id,
            ContainerFile.Of(path, mode, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content))),
            Token
        );

    private static ContainerExec AnExec(IReadOnlyList<string> arguments) =>
        new()
        {
            Arguments = arguments,
            Output = Stream.Null,
            Errors = Stream.Null,
        };

    private protected static ContainerStop Term(TimeSpan grace) => new(Libc.SignalTerminate, grace);

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

    private IContainerRuntime NewRuntime() => NewRuntime(_directory[Name], _images!, _exits);

    /// <summary>One more agent's runtime on the same containers.</summary>
    private protected abstract IContainerRuntime NewRuntime(string directory, ImageStore images, ExitWatch exits);
}
