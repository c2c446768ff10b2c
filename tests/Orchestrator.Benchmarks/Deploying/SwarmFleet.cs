using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace Orchestrator.Benchmarks.Deploying;

/// <summary>Docker Swarm on the site's daemon, asked over its API as often as ours is.</summary>
internal sealed class SwarmFleet : IDeployed
{
    private const string Service = "bench";
    private const string Image = "busybox:bench";

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    private readonly BenchSite _site;
    private readonly HttpClient _http;

    private SwarmFleet(BenchSite site)
    {
        _site = site;
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(site.Socket), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            BaseAddress = new UriBuilder(Uri.UriSchemeHttp, "daemon").Uri,
        };
    }

    public static async Task<SwarmFleet> StartAsync(BenchSite site)
    {
        var fleet = new SwarmFleet(site);
        var archive = Path.Combine(site.Directory, "rootfs.tar");
        File.Delete(archive);
        await TarFile.CreateFromDirectoryAsync(site.Rootfs, archive, includeBaseDirectory: false);
        await fleet.DockerAsync("import", archive, Image);
        await fleet.DockerAsync("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:0");
        return fleet;
    }

    public async Task<TimeSpan> DeployAsync()
    {
        var start = Stopwatch.GetTimestamp();
        await DockerAsync(
            "service",
            "create",
            "--detach",
            "--no-resolve-image",
            "--replicas",
            Text(DeployTwenty.Count),
            // No network, which is its fastest: with the host's it takes a second longer for each five that it exchanges.
            "--restart-delay=0s", // Five seconds unless it is told otherwise.
            "--update-monitor=0s",
            "--env=ROUND=1",
            "--name",
            Service,
            Image,
            "/bin/sh",
            "-c",
            DeployTwenty.Script
        );
        return await UntilAsync("all run", start, tasks => tasks.Count == DeployTwenty.Count);
    }

    public async Task<TimeSpan> RollAsync()
    {
        var start = Stopwatch.GetTimestamp();
        await DockerAsync(
            "service",
            "update",
            "--detach",
            "--no-resolve-image",
            "--update-parallelism",
            Text(DeployTwenty.AtOnce),
            "--env-add=ROUND=2",
            Service
        );
        return await UntilAsync(
            "all run anew",
            start,
            tasks => tasks.Count == DeployTwenty.Count && tasks.All(task => task.Round == "ROUND=2")
        );
    }

    public async Task<TimeSpan> ReplaceAsync()
    {
        var victim = (await RunningAsync())[0];
        var inspected = await DockerAsync("inspect", "--format", "{{.State.Pid}}", victim.Container);
        var start = Stopwatch.GetTimestamp();
        BenchSite.Kill(int.Parse(inspected.Trim(), CultureInfo.InvariantCulture));
        return await UntilAsync(
            "another runs",
            start,
            tasks => tasks.Count == DeployTwenty.Count && tasks.All(task => task.Container != victim.Container)
        );
    }

    public async ValueTask DisposeAsync()
    {
        await DockerAsync("service", "rm", Service);
        await BenchSite.UntilAsync(
            "all are gone",
            Stopwatch.GetTimestamp(),
            Within,
            async () => (await DockerAsync("ps", "--all", "--quiet")).Trim().Length == 0
        );
        await DockerAsync("swarm", "leave", "--force");
        _http.Dispose();
    }

    private Task<TimeSpan> UntilAsync(string what, long start, Func<List<RunningTask>, bool> isSo) =>
        BenchSite.UntilAsync(what, start, Within, async () => isSo(await RunningAsync()));

    private async Task<List<RunningTask>> RunningAsync()
    {
        using var tasks = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/tasks", UriKind.Relative)));
        return
        [
            .. tasks
                .RootElement.EnumerateArray()
                .Where(task => task.GetProperty("Status").GetProperty("State").GetString() == "running")
                .Select(task => new RunningTask(
                    task.GetProperty("Status").GetProperty("ContainerStatus").GetProperty("ContainerID").GetString()!,
                    task.GetProperty("Spec").GetProperty("ContainerSpec").GetProperty("Env")[0].GetString()!
                )),
        ];
    }

    private Task<string> DockerAsync(params IReadOnlyList<string> arguments) =>
        _site.RunAsync(BenchSite.FindTool("docker"), arguments);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record RunningTask(string Container, string Round);
}
