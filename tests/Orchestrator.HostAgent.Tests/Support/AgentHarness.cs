using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Tests.Runtimes.Garden;
using Orchestrator.HostAgent.Tests.Runtimes.Rkt;
using Orchestrator.Messaging;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>One cell with its bus in memory: the test is the conductor, the agents are real.</summary>
internal sealed class AgentHarness : IAsyncDisposable
{
    private static int _nextPort = 21_000;

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<string, HostAgent> _agents = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<HostReport> _reports = new();
    private readonly ConcurrentQueue<HostHeartbeat> _heartbeats = new();
    private readonly ConcurrentDictionary<string, object> _answers = new(StringComparer.Ordinal);
    private readonly string _runtime;
    private readonly string? _dockerSocket;
    private readonly string _suffix = Guid.NewGuid().ToString("N")[..8];
    private readonly List<IDisposable> _things = [];
    private MessageBus? _bus;

    private AgentHarness(string runtime, string? dockerSocket)
    {
        _runtime = runtime;
        _dockerSocket = dockerSocket;
        Image = TinyImage.Build(_directory["layout"]);
        Garden = runtime == "garden" ? FakeGarden.StartOnSocket(_directory["garden.sock"]) : null;
    }

    /// <summary>As the option says; 0: an image that nobody needs is gone at once.</summary>
    public int ImageKeepHours { get; private set; } = 24;

    /// <summary>
    /// From now on an image that nobody needs is gone at once; and <see cref="Image"/> is one that no other test starts from,
    /// for the tests of a daemon share its images.
    /// </summary>
    public void KeepNoImages()
    {
        ImageKeepHours = 0;
        Image = TinyImage.Build(_directory["layout/own"], _suffix);
    }

    /// <summary>Another image with one file, for the host to fetch.</summary>
    public string AnotherImage(string name) =>
        new ImageBuilder(_directory[$"layout/{name}"])
            .WithLayer(ImageBuilder.Tar(ImageBuilder.AFile(name, _suffix)), isGzip: true)
            .Build();

    /// <summary>Null unless that is the runtime.</summary>
    public FakeGarden? Garden { get; }

    /// <summary>A shell, sleep and cat.</summary>
    public string Image { get; private set; }

    public IEnumerable<HostReport> Reports => _reports;

    public IEnumerable<HostHeartbeat> Heartbeats => _heartbeats;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private MessageBus Bus => _bus!;

    public static Task<AgentHarness> StartAsync(string runtime) => StartAsync(runtime, dockerSocket: null);

    public static async Task<AgentHarness> StartAsync(string runtime, string? dockerSocket)
    {
        Requirements.SkipUnlessPresent(runtime);
        var harness = new AgentHarness(runtime, dockerSocket) { _bus = await MessageBus.StartInMemoryAsync(Token) };
        await harness.Bus.ReceiveAsync<HostReport>(
            Queues.Conductor("default"),
            (report, _) =>
            {
                harness._reports.Enqueue(report);
                return Task.CompletedTask;
            },
            Token
        );
        await harness.Bus.ReceiveAsync(
            Queues.Replica("test"),
            receiver =>
                receiver
                    .Handle<LogsRead>((logs, _) => harness.Take(logs.RequestId, logs))
                    .Handle<ProgramRan>((ran, _) => harness.Take(ran.RequestId, ran))
                    .Handle<FileCopied>((copied, _) => harness.Take(copied.RequestId, copied))
                    .Handle<InstancesMeasured>((measured, _) => harness.Take(measured.RequestId, measured)),
            Token
        );
        await harness.Bus.ReceiveTelemetryAsync(
            Queues.Telemetry("default"),
            (telemetry, _) =>
            {
                foreach (var beat in telemetry.Hosts)
                {
                    harness._heartbeats.Enqueue(beat);
                }

                return Task.CompletedTask;
            },
            Token
        );
        return harness;
    }

    /// <summary>Its name as processes know it, which no other test's host has.</summary>
    public string HostId(string host) => $"{host}-{_suffix}";

    public string DirectoryOf(string host) => _directory[host];

    public HostAgentOptions OptionsOf(string host)
    {
        var first = Interlocked.Add(ref _nextPort, 20);
        var options = new HostAgentOptions
        {
            HostId = HostId(host),
            DataDirectory = DirectoryOf(host),
            SecretsDirectory = Path.Combine("/dev/shm", $"orchestrator-test-{_suffix}"),
            Runtime = _runtime,
            CpuMillicores = 1_000,
            MemoryMebibytes = 512,
            GatewayUrl = "http://127.0.0.1:7480",
            PortRangeFrom = first,
            PortRangeTo = first + 19,
            HeartbeatMilliseconds = 100,
            ImageKeepHours = ImageKeepHours,
        };
        options.DockerSocket = _dockerSocket ?? options.DockerSocket;
        var rkt = new FakeRkt(_directory["bin"]);
        options.RktPath = rkt.Path;
        options.RktStage1 = rkt.Stage1;
        options.GardenUrl = Garden?.Url ?? "";
        options.ImageSources.Add(_directory["layout"]);
        return options;
    }

    public Task<HostAgent> StartAgentAsync(string host) => StartAgentAsync(host, TimeProvider.System);

    public Task<HostAgent> StartAgentAsync(string host, TimeProvider clock) =>
        StartAgentAsync(host, NullLoggerFactory.Instance, clock);

    public async Task<HostAgent> StartAgentAsync(string host, CollectedLog log)
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        return await StartAgentAsync(host, loggers, TimeProvider.System);
    }

    private async Task<HostAgent> StartAgentAsync(string host, ILoggerFactory loggers, TimeProvider clock)
    {
        var agent = await HostAgent.StartAsync(OptionsOf(host), Bus, loggers, clock, Token);
        _agents[host] = agent;
        return agent;
    }

    /// <summary>After the agents and before the directories.</summary>
    public void DisposeAtEnd(IDisposable thing) => _things.Add(thing);

    /// <summary>From now on an image is here already, or nowhere.</summary>
    public void RemoveImageSource() => Directory.Delete(_directory["layout"], recursive: true);

    public Task AssignAsync(string host, long revision, params AssignedInstance[] instances) =>
        SendAsync(host, Samples.AnAssignment(HostId(host), revision, instances));

    public Task SendAsync(string host, AssignHost assignment) =>
        Bus.SendAsync(Queues.Host(HostId(host)), assignment, Token);

    public AssignedInstance AnInstance(string instanceId) => Samples.AnInstance(instanceId) with { Image = Image };

    public HostReport? NewestOf(string host) => _reports.LastOrDefault(report => report.HostId == HostId(host));

    public Task<HostReport> ReportAsync(string host, Func<HostReport, bool> condition, string what) =>
        Poll.UntilAsync(() => NewestOf(host) is { } report && condition(report) ? report : null, what);

    public async Task<InstanceStatus> StateAsync(string host, string instanceId, InstanceState state)
    {
        var report = await ReportAsync(
            host,
            report => report.Instances.Any(one => one.InstanceId == instanceId && one.State == state),
            $"{instanceId} is {state}"
        );
        return report.Instances.First(one => one.InstanceId == instanceId);
    }

    public Task<LogsRead> ReadLogsAsync(string host, ReadLogs request) =>
        AskAsync<ReadLogs, LogsRead>(host, request.RequestId, request);

    /// <summary>A question that the agent answers to the queue of the replica <c>test</c>.</summary>
    public async Task<TAnswer> AskAsync<TQuestion, TAnswer>(string host, string requestId, TQuestion question)
        where TQuestion : class
        where TAnswer : class
    {
        await Bus.SendAsync(Queues.Host(HostId(host)), question, Token);
        return await Poll.UntilAsync(
            () => _answers.GetValueOrDefault(requestId) as TAnswer,
            $"{typeof(TQuestion).Name} is answered"
        );
    }

    private Task Take(string requestId, object answer)
    {
        _answers[requestId] = answer;
        return Task.CompletedTask;
    }

    /// <summary>Processes of the host's instances that are alive on this machine.</summary>
    public IReadOnlyList<int> ProcessesOf(string host) => MarkedProcesses.Find("ORC_HOST", HostId(host));

    /// <summary>A container's program takes its place a moment after it was started.</summary>
    public Task<IReadOnlyList<int>> RunningAsync(string host, int count) =>
        Poll.UntilAsync(
            () => ProcessesOf(host) is { } running && running.Count == count ? running : null,
            $"{host} runs {count} processes"
        );

    public async ValueTask DisposeAsync()
    {
        foreach (var (host, agent) in _agents)
        {
            await agent.DisposeAsync();
            // Powered on once more to clear away, also what a failed test has left.
            await using var last = await HostAgent.StartAsync(
                OptionsOf(host),
                Bus,
                NullLoggerFactory.Instance,
                TimeProvider.System,
                CancellationToken.None
            );
            await last.PowerOffAsync();
        }

        if (_bus is { } bus)
        {
            await bus.DisposeAsync();
        }

        if (Garden is { } garden)
        {
            await garden.DisposeAsync();
        }

        _things.ForEach(thing => thing.Dispose());
        _directory.Dispose();
        if (Directory.Exists($"/dev/shm/orchestrator-test-{_suffix}"))
        {
            Directory.Delete($"/dev/shm/orchestrator-test-{_suffix}", recursive: true);
        }
    }
}
