using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class ProgramRunTests
{
    [Fact]
    public void The_journal_says_who_ran_what_in_one_line_of_bounded_length()
    {
        var world = AWorld();
        var instance = world.Cell.Instances.Values.First().Id;

        var answer = world.Ask(new CellInput.RunProgram("ana", instance, ["sh", "-c", "a\nb" + new string('x', 500)]));

        Assert.IsType<CellAnswer.Accepted>(answer);
        var entry = world.Journal[^1];
        Assert.Equal(("ana", "instance.exec", instance.Value), (entry.Actor, entry.Action, entry.Subject));
        Assert.StartsWith("sh -c a bxxx", entry.Reason, StringComparison.Ordinal);
        Assert.Equal(201, entry.Reason.Length);
    }

    [Fact]
    public void The_journal_says_who_put_what_where()
    {
        var world = AWorld();
        var instance = world.Cell.Instances.Values.First().Id;

        world.Ask(new CellInput.CopyFile("ana", instance, "/tmp/dump.sql", Bytes: 17));

        var entry = world.Journal[^1];
        Assert.Equal(("ana", "instance.copy", instance.Value), (entry.Actor, entry.Action, entry.Subject));
        Assert.Equal("17 bytes to /tmp/dump.sql", entry.Reason);
    }

    [Fact]
    public void What_is_nowhere_runs_nothing_and_is_not_told()
    {
        var world = AWorld();
        var told = world.Journal.Count;

        var answer = world.Ask(new CellInput.RunProgram("ana", InstanceId.Parse("cart.prod.999"), ["id"]));

        Assert.Equal(RefusalKind.NotFound, Assert.IsType<CellAnswer.Refused>(answer).Kind);
        Assert.Equal(told, world.Journal.Count);
    }

    private static World AWorld()
    {
        var world = new World(seed: 1, hosts: 3);
        world.Run(TimeSpan.FromSeconds(1));
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.Run(TimeSpan.FromSeconds(30));
        return world;
    }
}
