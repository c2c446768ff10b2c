using System.Diagnostics;
using System.Globalization;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Assignments;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests;

public sealed class OciAgentDeathTests : AgentDeathContract
{
    protected override string Runtime => "oci";
}

public sealed class ProcessAgentDeathTests : AgentDeathContract
{
    protected override string Runtime => "process";
}

/// <summary>On a program that imitates rkt, not on rkt.</summary>
public sealed class FakeRktAgentDeathTests : AgentDeathContract
{
    protected override string Runtime => "rkt";

    /// <summary>It takes longer from step to step.</summary>
    protected override TimeSpan Later => TimeSpan.FromMilliseconds(40);
}

/// <summary>Whole agents, killed with SIGKILL.</summary>
public abstract class AgentDeathContract
{
    /// <summary>Each kills the agent a little later on its way from one generation to the next.</summary>
    private const int Deaths = 12;

    private static readonly string[] Instances = ["cart.prod.1", "cart.prod.2", "cart.prod.3"];

    protected abstract string Runtime { get; }

    /// <summary>By how much later each is killed.</summary>
    protected virtual TimeSpan Later => TimeSpan.FromMilliseconds(8);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_killed_at_any_moment_leaves_neither_orphan_nor_double()
    {
        await using var cell = await AgentHarness.StartAsync(Runtime);
        var options = cell.OptionsOf("h1");
        Directory.CreateDirectory(options.DataDirectory);
        for (var generation = 1; generation <= Deaths; generation++)
        {
            await AssignOnDiskAsync(cell, options, generation);
            // The broker is away all the time: what is on disk must do.
            using var agent = StartProgram(options);
            await Poll.UntilAsync(() => HasRecordOf(options, generation), $"generation {generation} begins");
            await Task.Delay(Later * generation, Token);

            agent.Kill();
            await agent.WaitForExitAsync(Token);

            Assert.All(Instances, instance => Assert.True(ProcessesOf(cell, instance) <= 1, "It runs twice."));
        }

        await cell.StartAgentAsync("h1");
        await cell.ReportAsync(
            "h1",
            report =>
                report.Instances.Count == Instances.Length
                && report.Instances.All(one => one is { Generation: Deaths, State: InstanceState.Ready }),
            "all run"
        );

        await cell.RunningAsync("h1", Instances.Length);
        Assert.All(Instances, instance => Assert.Equal(1, ProcessesOf(cell, instance)));
        Assert.Equal(
            Instances.Length,
            Directory.GetDirectories(Path.Combine(options.DataDirectory, Runtime, "containers")).Length
        );
    }

    private static Task AssignOnDiskAsync(AgentHarness cell, HostAgentOptions options, int generation) =>
        new AssignmentFile(Path.Combine(options.DataDirectory, "assignment.json")).WriteAsync(
            Samples.AnAssignment(
                options.HostId,
                generation,
                [.. Instances.Select(id => cell.AnInstance(id) with { Generation = generation })]
            ),
            Token
        );

    private static bool HasRecordOf(HostAgentOptions options, int generation)
    {
        var records = Path.Combine(options.DataDirectory, "instances");
        var text = string.Create(CultureInfo.InvariantCulture, $"\"Generation\":{generation},");
        return Directory.Exists(records)
            && Directory
                .EnumerateFiles(records, "*.json")
                .Any(path => ReadIfThere(path).Contains(text, StringComparison.Ordinal));
    }

    private static string ReadIfThere(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (FileNotFoundException)
        {
            return ""; // It was deleted since it was listed.
        }
    }

    private static int ProcessesOf(AgentHarness cell, string instance) =>
        MarkedProcesses.Find("ORC_INSTANCE", instance).Intersect(cell.ProcessesOf("h1")).Count();

    private static Process StartProgram(HostAgentOptions options)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "orchestrator-agent"));
        start.Environment["ORC_Agent__HostId"] = options.HostId;
        start.Environment["ORC_Agent__DataDirectory"] = options.DataDirectory;
        start.Environment["ORC_Agent__Runtime"] = options.Runtime;
        start.Environment["ORC_Agent__RktPath"] = options.RktPath;
        start.Environment["ORC_Agent__RktStage1"] = options.RktStage1;
        start.Environment["ORC_Agent__ImageSources__0"] = options.ImageSources[0];
        start.Environment["ORC_RabbitMq__Port"] = "1";
        start.Environment["Logging__LogLevel__Default"] = "Error";
        return Process.Start(start)!;
    }
}
