using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What the journal says of instances that were placed together, and how it is found again.</summary>
public sealed class PlacementRecordTests
{
    private const long First = 7;
    private readonly CellDraft _draft = CellDraft.From(Cell.Empty, CellSettings.Embedded, epoch: 1, World.Start);
    private readonly PlacementRecord _record;

    public PlacementRecordTests() =>
        _record = new PlacementRecord(
            _draft,
            new DeploymentKey(Checkout, Prod),
            SemanticVersion.Parse("1.0.0"),
            First,
            World.Start
        );

    [Fact]
    public void One_alone_has_its_own_entry()
    {
        Add("h1");

        var entry = Assert.Single(Written());

        Assert.Equal(("instance.placed", "checkout.prod.7"), (entry.Action, entry.Subject));
        Assert.Equal($"1.0.0 on h1, score 12 of {PlacementFleet.MaxScore}, best of 3 hosts that fit", entry.Reason);
        Assert.Equal([7], ToldOf(entry));
    }

    [Fact]
    public void Those_that_were_decided_together_are_told_in_their_order()
    {
        Add("h1", "h1", "h2", "h1", "h3", "h3", "h3");

        var entry = Assert.Single(Written());

        Assert.Equal(("instances.placed", "checkout.prod"), (entry.Action, entry.Subject));
        Assert.Equal("1.0.0, 7 instances, checkout.prod.7 to 13, in this order on h1 ×2, h2, h1, h3 ×3", entry.Reason);
        Assert.Equal([7, 8, 9, 10, 11, 12, 13], ToldOf(entry));
        Assert.Empty(Written());
        Assert.Equal(14, _record.Next);
    }

    [Fact]
    public void An_entry_tells_of_a_thousand_at_most()
    {
        Add([.. Enumerable.Repeat("h1", 1_000)]);
        Add("h1", "h2");

        var entries = Written();

        Assert.Equal(
            [
                "1.0.0, 1000 instances, checkout.prod.7 to 1006, in this order on h1 ×1000",
                "1.0.0, 2 instances, checkout.prod.1007 to 1008, in this order on h1, h2",
            ],
            entries.Select(entry => entry.Reason)
        );
    }

    [Theory]
    [InlineData("instances.moved", "checkout.prod", "1.0.0, 2 instances, checkout.prod.7 to 8, in this order on h1 ×2")]
    [InlineData("instances.placed", "cart.prod", "1.0.0, 2 instances, checkout.prod.7 to 8, in this order on h1 ×2")]
    [InlineData("instances.placed", "checkout.prod", "1.0.0, 2 instances")]
    [InlineData("instances.placed", "checkout.prod", "1.0.0, checkout.prod.7, h1")]
    [InlineData("instances.placed", "checkout.prod", "1.0.0, checkout.prod.x to 8, h1")]
    [InlineData("instances.placed", "checkout.prod", "1.0.0, checkout.prod.7 to x, h1")]
    public void Other_entries_tell_of_none(string action, string subject, string reason) =>
        Assert.Empty(ToldOf(new JournalEntry(World.Start, "conductor", action, subject, reason)));

    private void Add(params string[] hosts)
    {
        foreach (var host in hosts)
        {
            _record.Add(new PlacementChoice(HostId.Parse(host), Score: 12, Feasible: 3));
        }
    }

    private ImmutableArray<JournalEntry> Written()
    {
        _record.Write();
        return _draft.TakeChanges().Entries;
    }

    private static IEnumerable<int> ToldOf(JournalEntry entry) =>
        Enumerable.Range(1, 20).Where(number => PlacementRecord.Tells(entry, InstanceId.Of(Checkout, Prod, number)));
}
