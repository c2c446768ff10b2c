using System.Globalization;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Assignments;
using Orchestrator.HostAgent.Runtimes.Docker;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests;

public sealed class OciAgentStepDeathTests : AgentStepDeathContract
{
    protected override string Runtime => "oci";
}

public sealed class ProcessAgentStepDeathTests : AgentStepDeathContract
{
    protected override string Runtime => "process";
}

public sealed class DockerAgentStepDeathTests(DockerDaemon daemon) : AgentStepDeathContract
{
    protected override string Runtime => "docker";

    protected override async Task<string?> DockerSocketAsync() => await daemon.SocketAsync();

    protected override async Task<int> CountContainersAsync(string directory)
    {
        using var engine = new DockerEngine(await daemon.SocketAsync());
        await engine.NegotiateAsync(TestContext.Current.CancellationToken);
        var all = await new DockerContainers(engine, directory).ListAsync(TestContext.Current.CancellationToken);
        return all.Count;
    }
}

/// <summary>On a program that imitates rkt, not on rkt.</summary>
public sealed class FakeRktAgentStepDeathTests : AgentStepDeathContract
{
    protected override string Runtime => "rkt";
}

/// <summary>On a server that imitates Garden, not on Garden.</summary>
public sealed class FakeGardenAgentStepDeathTests : AgentStepDeathContract
{
    protected override string Runtime => "garden";

    protected override async Task<int> CountContainersAsync(string directory)
    {
        var notes = await base.CountContainersAsync(directory);
        return Math.Max(
            Math.Max(notes, Cell.Garden!.Containers.Count()),
            Directory.GetDirectories(Path.Combine(directory, "rootfs")).Length
        );
    }
}

/// <summary>
/// A whole agent that is killed before its first step, its second, its third, until it gets through unharmed; each time
/// on its way from one assignment to the next, which keeps an instance, changes one, and stops one and starts one, and
/// takes another image in place of one. A step is whatever changes the world: <see cref="Steps"/>. All of them take minutes, so
/// usually it is every 61st; <c>ORC_AGENT_STEPS=1</c> is all of them.
/// </summary>
public abstract class AgentStepDeathContract : IAsyncLifetime
{
    private const string Kept = "cart.prod.kept";
    private const string Changed = "cart.prod.changed";

    private const string Killed = "killed";
    private const string Unharmed = "unharmed";

    /// <summary>Of what an assignment has.</summary>
    private const int Instances = 3;

    /// <summary>A prime, so that what recurs in a start is not always met at the same place.</summary>
    private const int UsualStride = 61;

    /// <summary>Many more than there are: it would never get through.</summary>
    private const int MaxSteps = 3_000;

    private AgentHarness? _cell;

    protected abstract string Runtime { get; }

    private protected AgentHarness Cell => _cell!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Stride =>
        int.TryParse(
            Environment.GetEnvironmentVariable("ORC_AGENT_STEPS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var stride
        )
            ? stride
            : UsualStride;

    public async ValueTask InitializeAsync()
    {
        if (await SteppedProgram.WhyNotAsync() is { } why)
        {
            Assert.Skip(why);
        }

        Requirements.SkipUnlessPresent(Runtime);
        _cell = await AgentHarness.StartAsync(Runtime, await DockerSocketAsync());
        _cell.KeepNoImages();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_cell is { } cell)
        {
            await cell.DisposeAsync();
        }
    }

    /// <summary>How many the runtime with this directory has, running or not.</summary>
    protected virtual Task<int> CountContainersAsync(string directory) =>
        Task.FromResult(Directory.GetFileSystemEntries(Path.Combine(directory, "containers")).Length);

    protected virtual Task<string?> DockerSocketAsync() => Task.FromResult<string?>(null);

    [Fact]
    public async Task An_agent_killed_before_any_of_its_steps_leaves_neither_orphan_nor_double()
    {
        var options = Cell.OptionsOf("h1");
        Directory.CreateDirectory(options.DataDirectory);
        int? kept = null;
        for (var round = 1; round * Stride < MaxSteps; round++)
        {
            var last = 1 + ((round - 1) * Stride);
            await new AssignmentFile(Path.Combine(options.DataDirectory, "assignment.json")).WriteAsync(
                AnAssignment(options.HostId, round),
                Token
            );
            var agent = Start(options, last);
            var end = await Poll.UntilAsync(
                () => HowItEndedAsync(agent, options, round),
                $"the agent dies before step {last} or gets through"
            );
            await agent.KillAsync();

            var step = $"before step {last}: {agent.Taken[^1]}";
            kept = await RecoverAsync(options, round, kept, step);
            if (end == Unharmed)
            {
                TestContext.Current.TestOutputHelper?.WriteLine(
                    $"{Runtime}: {agent.Taken.Count} steps, killed {round - 1} times"
                );
                return;
            }
        }

        Assert.Fail("It never gets through.");
    }

    /// <summary>Null while it is under way.</summary>
    private async Task<string?> HowItEndedAsync(SteppedProgram agent, HostAgentOptions options, int round)
    {
        if (agent.Ended.IsCompleted)
        {
            return Killed;
        }

        return agent.IsQuiet && await IsThereAsync(options, round) ? Unharmed : null;
    }

    /// <summary>The next agent, which has to bring about what is assigned and nothing else; the process of the one that is kept.</summary>
    private async Task<int?> RecoverAsync(HostAgentOptions options, int round, int? kept, string step)
    {
        await using var agent = await Cell.StartAgentAsync("h1");
        await Cell.ReportAsync(
            "h1",
            report =>
                report.Revision == round
                && report.Instances.Count == Instances
                && report.Instances.All(one => one.State == InstanceState.Ready),
            $"all run, after a death {step}"
        );
        await Poll.UntilAsync(() => WhenThereAsync(options, round), $"nothing else is left, after a death {step}");
        var process = Assert.Single(ProcessesOf(Kept));
        Assert.True(kept is null || kept == process, $"What ran on well was started anew after a death {step}");
        return process;
    }

    private async Task<object?> WhenThereAsync(HostAgentOptions options, int round) =>
        await IsThereAsync(options, round) ? "" : null;

    /// <summary>Exactly what is assigned: no process, record, directory or half-written file beside it.</summary>
    private async Task<bool> IsThereAsync(HostAgentOptions options, int round) =>
        Cell.ProcessesOf("h1").Count == Instances
        && AnAssignment(options.HostId, round).Instances.All(one => ProcessesOf(one.InstanceId).Count == 1)
        && CountFiles(options, "instances") == Instances
        && CountFiles(options, ImagesDirectory) == 2
        && (Runtime == "docker" || CountFiles(options, "images/files") == 2)
        && CountFiles(options, "images/unpacking") == 0
        && CountFiles(options, "mounts") == (Runtime == "process" ? 0 : Instances)
        && await CountContainersAsync(Path.Combine(options.DataDirectory, Runtime)) == Instances
        && !Directory.EnumerateFiles(options.DataDirectory, "*.tmp").Any();

    private string ImagesDirectory => Runtime == "docker" ? "docker/images" : "images/images";

    private static int CountFiles(HostAgentOptions options, string directory)
    {
        var path = Path.Combine(options.DataDirectory, directory);
        return Directory.Exists(path) ? Directory.GetFileSystemEntries(path).Length : 0;
    }

    private IReadOnlyList<int> ProcessesOf(string instance) =>
        [.. MarkedProcesses.Find("ORC_INSTANCE", instance).Intersect(Cell.ProcessesOf("h1"))];

    private AssignHost AnAssignment(string hostId, int round) =>
        Samples.AnAssignment(
            hostId,
            round,
            AnInstance(Kept),
            AnInstance(Changed) with
            {
                Generation = round,
            },
            AnInstance(string.Create(CultureInfo.InvariantCulture, $"cart.prod.{round % 2}"))
        ) with
        {
            // The one before is needed no more, and goes.
            Prefetch = [Cell.AnotherImage(string.Create(CultureInfo.InvariantCulture, $"round{round}"))],
        };

    private AssignedInstance AnInstance(string instanceId) =>
        Cell.AnInstance(instanceId) with
        {
            StopGraceMilliseconds = 100, // A shell's child as the first process of a container minds no SIGTERM.
            Container = new AssignedContainer
            {
                Files = Runtime == "process" ? null : [new AssignedFile("/etc/app", "settings", Mode: 0x124)],
            },
        };

    private static SteppedProgram Start(HostAgentOptions options, int last) =>
        SteppedProgram.Start(
            Path.Combine(AppContext.BaseDirectory, "orchestrator-agent"),
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ORC_Agent__HostId"] = options.HostId,
                ["ORC_Agent__DataDirectory"] = options.DataDirectory,
                ["ORC_Agent__SecretsDirectory"] = options.SecretsDirectory,
                ["ORC_Agent__Runtime"] = options.Runtime,
                ["ORC_Agent__DockerSocket"] = options.DockerSocket,
                ["ORC_Agent__GardenUrl"] = options.GardenUrl,
                ["ORC_Agent__RktPath"] = options.RktPath,
                ["ORC_Agent__RktStage1"] = options.RktStage1,
                ["ORC_Agent__ImageSources__0"] = options.ImageSources[0],
                ["ORC_Agent__ImageKeepHours"] = "0",
                ["ORC_Agent__PrefetchFloorMebibytes"] = "0",
                ["ORC_RabbitMq__Port"] = "1",
                ["Logging__LogLevel__Default"] = "Error",
                ["DOTNET_EnableDiagnostics"] = "0",
            },
            options.DataDirectory,
            last
        );
}
