using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Docker;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

/// <summary>The daemon dies, is away, and comes back: each test has one of its own.</summary>
public sealed class DockerDaemonDeathTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Log => _directory["log"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Who_waits_for_a_container_that_outlives_its_daemon_learns_its_end_all_the_same()
    {
        await using var daemon = NewDaemon("--live-restore");
        await daemon.EnsureAsync();
        using var docker = await NewRuntimeAsync(daemon);
        var id = await StartAsync(docker, "i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done");
        var waiting = docker.WaitAsync(id, Token);
        await Poll.UntilAsync(() => Lines().Length > 3, "it writes");

        await daemon.KillAsync();
        var away = await Assert.ThrowsAsync<RuntimeFailedException>(() => docker.InspectAsync(id, Token));
        await daemon.EnsureAsync();
        var count = Lines().Length;
        await Poll.UntilAsync(() => Lines().Length > count + 20, "its log goes on");

        Assert.Contains("cannot be reached", away.Message, StringComparison.Ordinal);
        Assert.Contains(daemon.Socket, away.Message, StringComparison.Ordinal);
        Assert.False(waiting.IsCompleted);
        foreach (var process in MarkedProcesses.Find("MARK", id))
        {
            Libc.TrySignal(process, Libc.SignalKill); // The shell, and the program that it may be waiting for.
        }

        Assert.Equal(137, (await waiting.WaitAsync(Poll.Deadline, Token)).Code);
        var lines = Lines();
        Assert.Equal(Enumerable.Range(1, lines.Length).Select(one => one.ToString(CultureOf)), lines);
        await docker.RemoveAsync(id, Token);
    }

    [Fact]
    public async Task A_container_that_dies_with_its_daemon_is_noticed_when_the_daemon_is_back()
    {
        await using var daemon = NewDaemon();
        await daemon.EnsureAsync();
        using var docker = await NewRuntimeAsync(daemon);
        var id = await StartAsync(docker, "echo up; exec sleep 1000");
        var waiting = docker.WaitAsync(id, Token);
        await Poll.UntilAsync(() => Lines().Length == 1, "it writes");

        await daemon.KillAsync();
        await daemon.EnsureAsync();
        var exit = await waiting.WaitAsync(Poll.Deadline, Token);

        Assert.NotEqual(0, exit.Code);
        Assert.Equal(new ContainerStatus.Ended(exit), await docker.InspectAsync(id, Token));
        Assert.Equal(["up"], Lines());
        await docker.RemoveAsync(id, Token);
        Assert.Empty(await docker.ListAsync(Token));
        Assert.Empty(MarkedProcesses.Find("MARK", id));
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public async Task Who_runs_a_program_is_told_that_the_daemon_died_and_the_container_goes_on(string program)
    {
        await using var daemon = NewDaemonOf(program);
        await daemon.EnsureAsync();
        using var docker = await NewRuntimeAsync(daemon);
        var id = await StartAsync(docker, "exec sleep 1000");
        var process = await RunningAsync(id, count: 1);
        var running = docker.ExecuteAsync(id, AnExec("exec sleep 1000"), Token);
        await RunningAsync(id, count: 2);

        await daemon.KillAsync();
        await Assert.ThrowsAsync<RuntimeFailedException>(() => running.WaitAsync(Poll.Deadline, Token));
        await daemon.EnsureAsync();

        Assert.IsType<ContainerStatus.Running>(await docker.InspectAsync(id, Token));
        Assert.Subset(MarkedProcesses.Find("MARK", id).ToHashSet(), process.ToHashSet());
        Assert.Equal(7, await docker.ExecuteAsync(id, AnExec("exit 7"), Token));
        await docker.RemoveAsync(id, Token);
        await Poll.UntilAsync(() => MarkedProcesses.Find("MARK", id).Count == 0, "nothing of it runs");
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public async Task A_stop_under_which_the_daemon_dies_goes_on_or_fails_and_the_next_one_stops_it(string program)
    {
        await using var daemon = NewDaemonOf(program);
        await daemon.EnsureAsync();
        using var docker = await NewRuntimeAsync(daemon);
        var id = await StartAsync(docker, "trap 'echo asked' TERM; echo up; while :; do sleep 0.05; done");
        await Poll.UntilAsync(() => Lines() is ["up"], "it runs");
        var waiting = docker.WaitAsync(id, Token);
        var grace = TimeSpan.FromSeconds(3); // It takes the daemon about as long to come back.
        var stopping = docker.StopAsync(id, new ContainerStop(Libc.SignalTerminate, grace), Token);
        await Poll.UntilAsync(() => Lines() is ["up", "asked"], "it is asked to end");

        await daemon.KillAsync();
        await daemon.EnsureAsync();
        var failure = await Record.ExceptionAsync(() => stopping.WaitAsync(Poll.Deadline, Token));
        Assert.True(failure is null or RuntimeFailedException, $"{failure}");
        await docker.StopAsync(id, new ContainerStop(Libc.SignalTerminate, TimeSpan.Zero), Token);

        Assert.Equal(137, (await waiting.WaitAsync(Poll.Deadline, Token)).Code);
        await docker.RemoveAsync(id, Token);
        Assert.Empty(await docker.ListAsync(Token));
        Assert.Empty(MarkedProcesses.Find("MARK", id));
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public async Task A_start_under_which_the_daemon_dies_leaves_nothing_that_cannot_be_taken_away(string program)
    {
        await using var daemon = NewDaemonOf(program);
        await daemon.EnsureAsync();
        using var docker = await NewRuntimeAsync(daemon);
        await docker.EnsureImageAsync(TinyImage.Build(_directory["layout"]), Token);
        foreach (var milliseconds in (int[])[0, 60, 120, 200, 300])
        {
            var id = NewId();
            var starting = StartAsync(docker, id, "exec sleep 1000");
            await Task.Delay(milliseconds, Token); // At another moment each time, whatever it is then.

            await daemon.KillAsync();
            var failure = await Record.ExceptionAsync(() => starting.WaitAsync(Poll.Deadline, Token));
            await daemon.EnsureAsync();
            await docker.RemoveAsync(id, Token);

            Assert.True(failure is null or RuntimeFailedException or ImageRefusedException, $"{failure}");
            Assert.Empty(await docker.ListAsync(Token));
            if (program == "podman")
            {
                await Poll.UntilAsync(() => MarkedProcesses.Find("MARK", id).Count == 0, "nothing of it runs");
            }

            // A dockerd that is killed just after its containerd made the process forgets it for good: docs/hosts.md says so.
            foreach (var process in MarkedProcesses.Find("MARK", id))
            {
                Libc.TrySignal(process, Libc.SignalKill);
            }
        }
    }

    [Fact]
    public async Task A_daemon_whose_disk_is_full_says_so_and_what_runs_runs_on()
    {
        await using var daemon = NewDaemon();
        Directory.CreateDirectory(Path.Combine(daemon.Directory, "data"));
        await Tool.RunAsync(
            "mount",
            ["-t", "tmpfs", "-o", "size=160m", "full", Path.Combine(daemon.Directory, "data")],
            Token
        );
        await daemon.EnsureAsync();
        using var docker = await NewRuntimeAsync(daemon);
        var id = await StartAsync(docker, "exec sleep 1000");
        var process = await RunningAsync(id, count: 1);
        var filler = Path.Combine(daemon.Directory, "data", "filler");
        FullDisk.Fill(filler);

        var next = NewId();
        var refusal = await Record.ExceptionAsync(() => StartAsync(docker, next, "exec sleep 1000"));
        await docker.RemoveAsync(next, Token);

        Assert.True(refusal is RuntimeFailedException or ImageRefusedException, $"{refusal}");
        Assert.Contains("no space left on device", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([id], await docker.ListAsync(Token));
        Assert.Equal(process, MarkedProcesses.Find("MARK", id));
        File.Delete(filler);
        await StartAsync(docker, next, "exec sleep 1000"); // There is room again.
        await docker.RemoveAsync(next, Token);
        await docker.RemoveAsync(id, Token);
    }

    [Fact]
    public async Task Without_a_daemon_the_agent_says_what_it_misses_and_where()
    {
        using var docker = NewRuntime(_directory["nowhere"]);

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => docker.PrepareAsync(Token));

        Assert.Contains(
            $"Docker at {_directory["nowhere"]} cannot be reached",
            refusal.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("may the agent use its socket?", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", "does not speak the Docker Engine API")]
    [InlineData("who are you?\r\n\r\n", "cannot be reached")]
    public async Task Somebody_else_at_the_socket_is_told_from_a_daemon(string answer, string problem)
    {
        using var listener = Listen();
        using var engine = new DockerEngine(_directory["socket"]);
        var answering = AnswerAsync(listener, answer);

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => engine.NegotiateAsync(Token));
        using var _ = await answering;

        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.30", "1.30")]
    [InlineData("9.99", "1.47")]
    public async Task The_lower_of_both_versions_is_spoken_and_a_daemon_that_hangs_is_not_waited_for(
        string theirs,
        string spoken
    )
    {
        using var listener = Listen();
        using var engine = new DockerEngine(_directory["socket"]);
        var answering = AnswerAsync(listener, $"HTTP/1.1 200 OK\r\nApi-Version: {theirs}\r\nContent-Length: 0\r\n\r\n");
        await engine.NegotiateAsync(Token);
        using var first = await answering;
        var started = Stopwatch.GetTimestamp();

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() =>
            engine.CallAsync(
                "list containers",
                TimeSpan.FromSeconds(1),
                (client, token) => client.Containers.ListContainersAsync(new(), token),
                Token
            )
        );
        using var second = await listener.AcceptAsync(Token);
        var request = new byte[1024];
        var count = await second.ReceiveAsync(request, Token);

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(20));
        Assert.Contains("did not list containers within 1 s", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"/v{spoken}/containers",
            Encoding.ASCII.GetString(request, 0, count),
            StringComparison.Ordinal
        );
    }

    private static System.Globalization.CultureInfo CultureOf => System.Globalization.CultureInfo.InvariantCulture;

    private static TestDaemon NewDaemon(params string[] more)
    {
        Requirements.SkipUnlessPresent("docker");
        return TestDaemon.Docker(more);
    }

    /// <summary>One whose containers outlive it.</summary>
    private static TestDaemon NewDaemonOf(string program)
    {
        Requirements.SkipUnlessPresent(program);
        return program == "docker" ? TestDaemon.Docker("--live-restore") : TestDaemon.Podman();
    }

    private static ContainerExec AnExec(string script) =>
        new()
        {
            Arguments = ["/bin/sh", "-c", script],
            Output = Stream.Null,
            Errors = Stream.Null,
        };

    private static Task<IReadOnlyList<int>> RunningAsync(string id, int count) =>
        Poll.UntilAsync(
            () => MarkedProcesses.Find("MARK", id) is { } running && running.Count == count ? running : null,
            $"{id} has {count} processes"
        );

    private static string NewId() => $"cart.prod.1.1.{Guid.NewGuid().ToString("N")[..8]}";

    private async Task<DockerRuntime> NewRuntimeAsync(TestDaemon daemon)
    {
        TinyImage.Build(_directory["layout"]);
        var docker = NewRuntime(daemon.Socket);
        await docker.PrepareAsync(Token);
        return docker;
    }

    private DockerRuntime NewRuntime(string socket) =>
        new(
            new DockerSettings
            {
                Directory = _directory.Path,
                Socket = socket,
                ImageSources = [_directory["layout"]],
                CredentialsPath = _directory["config.json"],
            },
            NullLogger<DockerRuntime>.Instance
        );

    private Task<string> StartAsync(DockerRuntime docker, string script) => StartAsync(docker, NewId(), script);

    private async Task<string> StartAsync(DockerRuntime docker, string id, string script)
    {
        await docker.StartAsync(
            new ContainerSpec
            {
                ContainerId = id,
                Image = await docker.EnsureImageAsync(TinyImage.Build(_directory["layout"]), Token),
                Command = ["/bin/sh", "-c", script],
                Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["MARK"] = id },
                LogPath = Log,
                CpuMillicores = 10,
                CpuLimitMillicores = 0,
                MemoryLimitMebibytes = 0,
            },
            Token
        );
        return id;
    }

    private string[] Lines() =>
        File.Exists(Log)
            ? LogText.Of(File.ReadAllBytes(Log), LogFormat.Tagged).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : [];

    private Socket Listen()
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_directory["socket"]));
        listener.Listen();
        return listener;
    }

    private static async Task<Socket> AnswerAsync(Socket listener, string answer)
    {
        var connection = await listener.AcceptAsync(Token);
        await connection.ReceiveAsync(new byte[1024], Token);
        await connection.SendAsync(Encoding.ASCII.GetBytes(answer), Token);
        return connection;
    }
}
