using System.Text;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Garden;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>What the driver does beyond the common contract, on whatever speaks Garden's protocol.</summary>
public abstract class GardenContract : RuntimeContract
{
    protected override string Name => "garden";

    /// <summary>Garden has a first process of its own in each container.</summary>
    protected override bool CanFirstProcessKillItself => true;

    protected override bool SendsAnySignal => false;

    protected override bool HasMemoryMounts => false;

    /// <summary>Without the slash: the imitation's containers are directories of this machine.</summary>
    protected override string Seen(string path) => path[1..];

    protected override bool HasSoftLimits => false;

    /// <summary>Garden drops what a slow reader leaves of a program's output, beyond some megabytes.</summary>
    protected override int LargeFileBytes => 3 * 1024 * 1024;

    private protected GardenRuntime Garden => (GardenRuntime)Runtime;

    [Fact]
    public async Task A_container_that_takes_too_much_memory_says_so()
    {
        var id = await StartAsync(
            "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x$x$x; done",
            spec => spec with { MemoryLimitMebibytes = 64 }
        );

        var exit = await Runtime.WaitAsync(id, Token);

        Assert.Equal(137, exit.Code);
        Assert.Equal("ran out of memory", exit.Reason);
    }

    [Fact]
    public async Task Another_agent_goes_on_with_the_log_and_repeats_nothing()
    {
        var spec = ASpec("trap 'echo two; exit 3' TERM; echo one; while :; do sleep 0.05; done");
        using (var first = AnotherRuntime())
        {
            await first.PrepareAsync(Token);
            await first.StartAsync(spec, Token);
            await Poll.UntilAsync(() => LogOf(spec.ContainerId) == "one\n", "the first line");
        }

        Assert.IsType<ContainerStatus.Running>(await Runtime.InspectAsync(spec.ContainerId, Token));
        await Runtime.StopAsync(spec.ContainerId, Term(Poll.Deadline), Token);

        Assert.Equal(3, (await Runtime.WaitAsync(spec.ContainerId, Token)).Code);
        Assert.Equal("one\ntwo\n", LogOf(spec.ContainerId));
    }

    [Fact]
    public async Task How_it_ended_is_known_to_an_agent_that_was_not_there()
    {
        var id = await StartAsync("exit 42");
        await Runtime.WaitAsync(id, Token);
        using var other = AnotherRuntime();
        await other.PrepareAsync(Token);

        Assert.Equal(
            new ContainerStatus.Ended(new ContainerExit(42, IsOutOfMemory: false)),
            await other.InspectAsync(id, Token)
        );
        Assert.Equal(42, (await other.WaitAsync(id, Token)).Code);
    }

    [Fact]
    public async Task A_program_is_run_in_a_container_with_its_environment()
    {
        var id = await StartAsync("exec sleep 1000");
        using var output = new MemoryStream();
        using var errors = new MemoryStream();

        var code = await Garden.ExecuteAsync(
            id,
            new ContainerExec
            {
                Arguments = ["/bin/sh", "-c", "echo $MARK; echo no >&2; exit 5"],
                Output = output,
                Errors = errors,
            },
            Token
        );

        Assert.Equal(5, code);
        Assert.Equal($"{id}\n", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal("no\n", Encoding.UTF8.GetString(errors.ToArray()));
    }

    [Fact]
    public async Task What_a_program_reads_arrives_whole_and_ends()
    {
        var id = await StartAsync("exec sleep 1000");
        var text = string.Concat(Enumerable.Range(0, 5000).Select(number => $"\"{number}\" ä \\ 🙂\t\u0001\n"));
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(text));
        using var output = new MemoryStream();

        var code = await Garden.ExecuteAsync(
            id,
            new ContainerExec
            {
                Arguments = ["/bin/cat"],
                Input = input,
                Output = output,
                Errors = Stream.Null,
            },
            Token
        );

        Assert.Equal(0, code);
        Assert.Equal(text, Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task A_program_that_reads_nothing_does_not_hold_up_its_visitor()
    {
        var id = await StartAsync("exec sleep 1000");
        using var input = new MemoryStream(new byte[256 * 1024]);

        for (var number = 0; number < 5; number++)
        {
            input.Position = 0;
            Assert.Equal(6, await Garden.ExecuteAsync(id, Shell("exit 6") with { Input = input }, Token));
        }
    }

    [Fact]
    public async Task A_program_that_nobody_waits_for_any_more_is_killed()
    {
        var id = await StartAsync("exec sleep 1000");
        using var impatience = new CancellationTokenSource();
        var visit = Garden.ExecuteAsync(id, Shell("exec sleep 1000"), impatience.Token);
        await RunningAsync(id, count: 2);

        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => visit);
        await RunningAsync(id, count: 1);
        Assert.IsType<ContainerStatus.Running>(await Runtime.InspectAsync(id, Token));
    }

    [Fact]
    public async Task What_cannot_be_run_in_a_container_is_refused()
    {
        var id = await StartAsync("exec sleep 1000");
        var missing = await Assert.ThrowsAsync<RuntimeFailedException>(() =>
            Garden.ExecuteAsync(id, Shell("") with { Arguments = ["/no/such/program"] }, Token)
        );
        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);

        Assert.Contains("/no/such/program", missing.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RuntimeFailedException>(() => Garden.ExecuteAsync(id, Shell("true"), Token));
        await Assert.ThrowsAsync<RuntimeFailedException>(() => Garden.ExecuteAsync("nobody", Shell("true"), Token));
    }

    [Fact]
    public async Task What_a_container_uses_is_measured_while_it_runs()
    {
        var id = await StartAsync("while :; do :; done");

        var usage = await MeasuredAsync(id, usage => usage.CpuTime > TimeSpan.FromMilliseconds(50));
        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);

        Assert.True(usage.MemoryBytes > 0);
        Assert.True(usage.Tasks > 0);
        Assert.Null(await Garden.MeasureAsync(id, Token));
        Assert.Null(await Garden.MeasureAsync("nobody", Token));
    }

    [Fact]
    public async Task A_child_that_holds_the_output_of_one_that_ended_does_not_stop_the_stop()
    {
        var id = await StartAsync("sleep 1000 & echo up; exit 7");
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it ran");
        await RunningAsync(id, count: 1); // Only the child.
        var waiting = Runtime.WaitAsync(id, Token);

        await Runtime.StopAsync(id, Term(TimeSpan.FromMilliseconds(200)), Token);

        Assert.Equal(7, (await waiting).Code);
        await Poll.UntilAsync(() => ProcessesOf(id).Count == 0, "the child is dead");
    }

    private protected static ContainerExec Shell(string script) =>
        new()
        {
            Arguments = ["/bin/sh", "-c", script],
            Output = Stream.Null,
            Errors = Stream.Null,
        };

    /// <summary>One more agent on the same containers.</summary>
    private protected abstract GardenRuntime AnotherRuntime();

    private async Task<ContainerUsage> MeasuredAsync(string id, Func<ContainerUsage, bool> isEnough)
    {
        while (true)
        {
            var usage = await Garden.MeasureAsync(id, Token);
            Assert.NotNull(usage);
            if (isEnough(usage))
            {
                return usage;
            }
        }
    }
}
