using System.Collections.Concurrent;
using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>
/// A container that is none: its processes run on this machine, with programs of its root directory, and are found by a
/// variable that only they carry.
/// </summary>
internal sealed class FakeContainer
{
    private const string Variable = "FAKE_GARDEN";
    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string _mark = Guid.NewGuid().ToString("N");
    private readonly string _root;
    private readonly JsonNode _spec;
    private volatile bool _isGone;

    public FakeContainer(JsonNode spec)
    {
        _spec = spec;
        Handle = (string)spec["handle"]!;
        _root = new Uri((string)spec["rootfs"]!).LocalPath;
        foreach (var (name, value) in spec["properties"]?.AsObject() ?? [])
        {
            Properties[name] = (string)value!;
        }

        // Garden makes these directories, also in a root that others use too.
        foreach (var name in (string[])["dev", "proc", "sys", "tmp"])
        {
            Directory.CreateDirectory(Path.Combine(_root, name));
        }

        if ((long?)spec["limits"]?["memory_limits"]?["limit_in_bytes"] is > 0 and var limit)
        {
            _ = LimitMemoryAsync(limit);
        }
    }

    public string Handle { get; }

    public JsonNode Spec => _spec;

    public bool IsStopped { get; private set; }

    public bool IsBeingDestroyed { get; set; }

    public ConcurrentQueue<string> Events { get; } = new();

    public ConcurrentDictionary<string, string> Properties { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<(int Host, int Container)> Ports { get; } = new();

    public ConcurrentDictionary<string, FakeProcess> Processes { get; } = new(StringComparer.Ordinal);

    private IReadOnlyList<int> ProcessIds => MarkedProcesses.Find(Variable, _mark);

    /// <summary>Null if it has no such program.</summary>
    public FakeProcess? Run(JsonNode program)
    {
        var variables = Texts(_spec["env"]).Concat(Texts(program["env"])).Select(text => text.Split('=', 2)).ToList();
        var searchPath = variables.LastOrDefault(pair => pair[0] == "PATH")?[1] ?? "/usr/bin:/bin";
        if (FindProgram((string)program["path"]!, searchPath) is not { } path)
        {
            return null;
        }

        var directory = RootedPath.Resolve(_root, (string?)program["dir"] ?? "/", followLast: true);
        Directory.CreateDirectory(directory);
        var limits = (program["rlimits"]?.AsObject() ?? []).Select(limit =>
            $"--{limit.Key}={((ulong)limit.Value! == ulong.MaxValue ? "unlimited" : limit.Value!.ToJsonString())}"
        );
        var start = new ProcessStartInfo("/usr/bin/prlimit", [.. limits, path, .. Texts(program["args"])])
        {
            WorkingDirectory = directory,
        };
        start.Environment.Clear();
        foreach (var pair in variables)
        {
            start.Environment[pair[0]] = pair[1];
        }

        start.Environment[Variable] = _mark;
        var process = new FakeProcess((string?)program["id"] ?? Guid.NewGuid().ToString(), start);
        Processes[process.Id] = process;
        return process;
    }

    /// <summary>SIGTERM, the grace that nobody can change, SIGKILL.</summary>
    public async Task StopAsync(bool isKill, TimeSpan grace)
    {
        if (!isKill)
        {
            Signal(Libc.SignalTerminate);
            var started = Stopwatch.GetTimestamp();
            while (ProcessIds.Count > 0 && Stopwatch.GetElapsedTime(started) < grace)
            {
                await Task.Delay(10);
            }
        }

        // While a process becomes another program it shows no variables, and so would not be found.
        while (ProcessIds.Count > 0 || Processes.Values.Any(process => !process.HasExited))
        {
            Signal(Libc.SignalKill);
            foreach (var process in Processes.Values)
            {
                process.Signal(Libc.SignalKill);
            }

            await Task.Delay(5);
        }

        IsStopped = true;
    }

    public async Task DestroyAsync()
    {
        _isGone = true;
        await StopAsync(isKill: true, TimeSpan.Zero);
    }

    public void Unpack(byte[] archive, string destination)
    {
        var directory = RootedPath.Resolve(_root, destination, followLast: true);
        Directory.CreateDirectory(directory);
        using var stream = new MemoryStream(archive);
        TarFile.ExtractToDirectory(stream, directory, overwriteFiles: true);
    }

    public JsonObject Info() =>
        new()
        {
            ["State"] = IsStopped ? "stopped" : "active",
            [nameof(Events)] = Events.IsEmpty ? null : new JsonArray([.. Events.Select(one => (JsonNode)one)]),
            ["HostIP"] = "10.254.0.1",
            ["ContainerIP"] = "10.254.0.2",
            ["ExternalIP"] = "192.0.2.2",
            ["ContainerPath"] = "/srv/depot/" + Handle,
            ["ProcessIDs"] = null,
            [nameof(Properties)] = PropertiesAsJson(),
            ["MappedPorts"] = new JsonArray([
                .. Ports.Select(port =>
                    (JsonNode)new JsonObject { ["HostPort"] = port.Host, ["ContainerPort"] = port.Container }
                ),
            ]),
        };

    public JsonObject PropertiesAsJson()
    {
        var properties = new JsonObject { ["garden.state"] = "created", ["kawasaki.mtu"] = "1400" };
        foreach (var (name, value) in Properties)
        {
            properties[name] = value;
        }

        return properties;
    }

    public JsonObject Metrics() =>
        new()
        {
            ["MemoryStat"] = new JsonObject { ["rss"] = Memory(), ["TotalUsageTowardLimit"] = Memory() },
            ["CPUStat"] = new JsonObject
            {
                ["Usage"] = ProcessIds.Sum(CpuNanoseconds),
                ["User"] = 0,
                ["System"] = 0,
            },
            ["DiskStat"] = new JsonObject { ["TotalBytesUsed"] = 0 },
            ["NetworkStat"] = null,
            ["PidStat"] = new JsonObject { ["Current"] = ProcessIds.Count + 1, ["Max"] = 64 },
            ["Age"] = 375_810_756,
        };

    private long Memory() => ProcessIds.Sum(id => Field($"/proc/{id}/statm", index: 1) * Environment.SystemPageSize);

    private static long CpuNanoseconds(int id) =>
        (Field($"/proc/{id}/stat", index: 13) + Field($"/proc/{id}/stat", index: 14)) * 10_000_000;

    private static long Field(string path, int index)
    {
        try
        {
            return long.Parse(File.ReadAllText(path).Split(' ')[index], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // It has just ended.
        }
    }

    private async Task LimitMemoryAsync(long limit)
    {
        while (!_isGone)
        {
            if (Memory() > limit)
            {
                Events.Enqueue("Out of memory");
                Signal(Libc.SignalKill);
                return;
            }

            await Task.Delay(10);
        }
    }

    private void Signal(int signal)
    {
        foreach (var id in ProcessIds)
        {
            Libc.TrySignal(id, signal);
        }
    }

    private string? FindProgram(string name, string searchPath) =>
        (name.Contains('/', StringComparison.Ordinal) ? [name] : searchPath.Split(':').Select(one => $"{one}/{name}"))
            .Select(path => RootedPath.Resolve(_root, path, followLast: true))
            .FirstOrDefault(path =>
                File.Exists(path) && (File.GetUnixFileMode(path) & AnyExecute) != UnixFileMode.None
            );

    private static string[] Texts(JsonNode? array) => [.. (array?.AsArray() ?? []).Select(one => (string)one!)];
}
