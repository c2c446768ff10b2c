using System.Diagnostics;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Tests.Support;

[assembly: AssemblyFixture(typeof(DockerDaemon))]
[assembly: AssemblyFixture(typeof(PodmanService))]

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>The daemon that all tests of the run share. It starts when the first of them needs it.</summary>
public sealed class DockerDaemon : IAsyncDisposable
{
    private readonly TestDaemon _daemon = TestDaemon.Docker();

    internal async Task<string> SocketAsync()
    {
        await _daemon.EnsureAsync();
        return _daemon.Socket;
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();
}

/// <inheritdoc cref="DockerDaemon"/>
public sealed class PodmanService : IAsyncDisposable
{
    private readonly TestDaemon _daemon = TestDaemon.Podman();

    internal async Task<string> SocketAsync()
    {
        await _daemon.EnsureAsync();
        return _daemon.Socket;
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();
}

/// <summary>A real daemon with everything of its own below a directory, beside whatever else this machine runs.</summary>
internal sealed class TestDaemon : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Docker's and Podman's, one directory per container.</summary>
    private static readonly string[] ContainerDirectories = ["containers", "vfs-containers"];

    private readonly string _program;
    private readonly IReadOnlyList<string> _arguments;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private Process? _process;

    /// <summary>Below /run, for a socket's path may have 107 characters and no more.</summary>
    private TestDaemon(string program, Func<string, IReadOnlyList<string>> arguments)
    {
        _program = program;
        Directory = $"/run/host-agent-{Guid.NewGuid().ToString("N")[..8]}";
        _arguments = arguments(Directory);
    }

    public string Directory { get; }

    public string Socket => Path.Combine(Directory, "socket");

    public static TestDaemon Docker(params string[] more) =>
        new(
            "dockerd",
            directory =>
                [
                    "--config-file",
                    Path.Combine(directory, "config.json"),
                    "--data-root",
                    Path.Combine(directory, "data"),
                    "--exec-root",
                    Path.Combine(directory, "exec"),
                    "--pidfile",
                    Path.Combine(directory, "pid"),
                    "--host",
                    $"unix://{directory}/socket",
                    "--bridge=none",
                    "--iptables=false",
                    "--ip6tables=false",
                    "--storage-driver=vfs", // Below /run, which may be no place for an overlay.
                    .. more,
                ]
        );

    /// <summary>With runc: crun refuses machines with both versions of control groups.</summary>
    public static TestDaemon Podman() =>
        new(
            "podman",
            directory =>
                [
                    "--root",
                    Path.Combine(directory, "data"),
                    "--runroot",
                    Path.Combine(directory, "run"),
                    "--tmpdir",
                    Path.Combine(directory, "tmp"),
                    "--storage-driver=vfs",
                    "--cgroup-manager=cgroupfs",
                    "--events-backend=file",
                    "--runtime",
                    Tool.Find("runc") ?? "runc",
                    "system",
                    "service",
                    "--time=0",
                    $"unix://{directory}/socket",
                ]
        );

    /// <summary>Starts it unless it runs; where it cannot run here, the test is skipped.</summary>
    public async Task EnsureAsync()
    {
        await _changing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_process is not { HasExited: false })
            {
                await StartAsync();
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>It dies, and what it runs does not know.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            // Where nobody reaps orphans, the next daemon would take the dead containerd for one that runs.
            File.Delete(Path.Combine(Directory, "pid"));
            if (System.IO.Directory.Exists(Path.Combine(Directory, "exec", "containerd")))
            {
                File.Delete(Path.Combine(Directory, "exec", "containerd", "containerd.pid"));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            if (!process.HasExited)
            {
                Libc.TrySignal(process.Id, Libc.SignalTerminate);
                using var deadline = new CancellationTokenSource(Deadline);
                await process.WaitForExitAsync(deadline.Token);
            }

            process.Dispose();
        }

        // What outlives it by design: containers, their supervisors, and mounts. Supervisors that are killed leave their
        // containers running, so those are found by the control groups that bear their ids.
        var containers = ContainerIds();
        foreach (var left in ProcessIdentity.AllIds().Where(id => IsOurs(id, containers)).ToList())
        {
            Libc.TrySignal(left, Libc.SignalKill);
        }

        var mounts = await File.ReadAllLinesAsync("/proc/self/mounts", CancellationToken.None);
        foreach (var mount in mounts.Select(line => line.Split(' ')[1]).Where(IsBelow).Reverse())
        {
            await Tool.RunAsync("umount", ["--lazy", mount], CancellationToken.None);
        }

        if (System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }

        _changing.Dispose();
    }

    private async Task StartAsync()
    {
        System.IO.Directory.CreateDirectory(Directory);
        await File.WriteAllTextAsync(Path.Combine(Directory, "config.json"), "{}");
        var log = Path.Combine(Directory, "log");
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c",
                "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null",
                "sh",
                log,
                Tool.Find(_program)!,
                .. _arguments,
            ]
        );
        start.Environment["PATH"] = $"{start.Environment["PATH"]}:/usr/sbin:/sbin";
        _process?.Dispose();
        _process = Process.Start(start)!;
        var started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > Deadline)
            {
                var lines = await File.ReadAllLinesAsync(log);
                Assert.Skip($"{_program} does not run here: {lines.LastOrDefault()}");
            }

            await Task.Delay(Interval);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        using var http = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new System.Net.Sockets.Socket(
                        System.Net.Sockets.AddressFamily.Unix,
                        System.Net.Sockets.SocketType.Stream,
                        System.Net.Sockets.ProtocolType.Unspecified
                    );
                    await socket.ConnectAsync(
                        new System.Net.Sockets.UnixDomainSocketEndPoint(Socket),
                        cancellationToken
                    );
                    return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
                },
            }
        );
        try
        {
            using var answer = await http.GetAsync(new Uri("http://daemon/_ping"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private bool IsBelow(string path) => path.StartsWith(Directory + "/", StringComparison.Ordinal);

    private List<string> ContainerIds() =>
        [
            .. ContainerDirectories
                .Select(kind => Path.Combine(Directory, "data", kind))
                .Where(System.IO.Directory.Exists)
                .SelectMany(System.IO.Directory.EnumerateDirectories)
                .Select(path => Path.GetFileName(path)),
        ];

    private bool IsOurs(int processId, List<string> containers)
    {
        try
        {
            var groups = File.ReadAllText(ProcessIdentity.PathOf(processId, "cgroup"));
            return containers.Exists(id => groups.Contains(id, StringComparison.Ordinal))
                || File.ReadAllText(ProcessIdentity.PathOf(processId, "cmdline"))
                    .Contains(Directory + "/", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // It has just ended.
        }
    }
}
