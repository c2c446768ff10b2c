using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Whom a service can do without on hosts that are being emptied, at one moment.</summary>
public sealed class MoveAwayTests
{
    private static readonly DeploymentKey Key = new(Checkout, Prod);

    private static readonly Cell Stored = ARunning();

    /// <param name="instances">From number 1 on: the host, and whether it is ready.</param>
    /// <param name="leaving">The draining hosts; those whose deadline is over with an exclamation mark.</param>
    /// <param name="count">How many are wanted of the version.</param>
    /// <param name="least">How many of all versions stay ready.</param>
    /// <param name="moved">Whose end begins, in this order.</param>
    [Theory]
    [InlineData("1+ 1+ 2+ 2+ 3+ 3-", "1", 4, 4, "1")] // A fifth is ready, and no sixth.
    [InlineData("1+ 1+ 2+ 2+", "1", 2, 3, "1")] // Of the other version none is ready.
    [InlineData("1+ 1+ 2+ 2+", "1", 2, 4, "")]
    [InlineData("1+ 2+ 3+ 3-", "1", 3, 2, "")] // The version itself would be short.
    [InlineData("1- 1- 2+ 2+ 3+ 3+", "1", 5, 4, "1")] // As many as are wanted stay, ready or not.
    [InlineData("1+ 1- 2+ 2+ 3+", "1", 3, 3, "2 1")] // First who serves nobody, whom nobody misses.
    [InlineData("1- 1+ 2+ 2+ 3+ 3+", "1", 4, 4, "1 2")]
    [InlineData("1+ 2+ 3+ 3+", "1 2!", 3, 3, "2")] // First who must.
    [InlineData("1+ 2+ 3+", "1 2!", 3, 3, "2!")]
    [InlineData("1+ 2+ 3+ 3+", "", 3, 3, "")]
    public void Nobody_leaves_whom_the_service_needs_but_at_a_deadline(
        string instances,
        string leaving,
        int count,
        int least,
        string moved
    )
    {
        var now = World.Start.AddHours(1);
        var draft = CellDraft.From(Where(instances, leaving, now), CellSettings.Embedded, epoch: 1, now);
        var target = draft.Deployments[Key].Targets[0] with { Count = count };

        InstanceMoves.MoveAway(
            draft,
            Key,
            target,
            [.. draft.ActiveOf(Key)],
            new StageBounds(Most: 10, least, MaxUnavailable: 0),
            now
        );

        Assert.Equal(
            moved,
            string.Join(
                ' ',
                draft.TakeChanges().Entries.Select(entry => entry.Subject["checkout.prod.".Length..] + Mark(entry))
            )
        );
    }

    private static string Mark(JournalEntry entry) =>
        entry.Reason.EndsWith(" and the deadline that ops set is over", StringComparison.Ordinal) ? "!" : "";

    private static Cell Where(string instances, string leaving, DateTimeOffset now)
    {
        var any = Stored.Instances.Of(Key).First();
        return Stored with
        {
            Instances = InstanceTable.From(
                instances
                    .Split(' ')
                    .Select(
                        (each, index) =>
                            any with
                            {
                                Id = InstanceId.Of(Checkout, Prod, index + 1),
                                Host = HostOf(each),
                                Observed = any.Observed with
                                {
                                    State = each[^1] == '+' ? ObservedState.Ready : ObservedState.Starting,
                                },
                            }
                    )
            ),
            Hosts = leaving
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Aggregate(
                    Stored.Hosts,
                    (hosts, each) => hosts.SetItem(HostOf(each), Draining(hosts[HostOf(each)], each, now))
                ),
        };
    }

    private static HostId HostOf(string each) =>
        HostId.Parse(string.Create(CultureInfo.InvariantCulture, $"h{each[0]}"));

    private static Host Draining(Host host, string each, DateTimeOffset now) =>
        host with
        {
            Availability = HostAvailability.Draining,
            Drain = new HostDrain
            {
                AskedBy = "ops",
                Reason = "",
                Since = now.AddHours(-1),
                Deadline = each[^1] == '!' ? now : null,
                IsOverdue = false,
                DoneAt = null,
            },
        };

    private static Cell ARunning()
    {
        var world = new World(seed: 1, hosts: 3);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => each.Cell.Instances.Of(Key).Any(one => one.IsReady), TimeSpan.FromMinutes(3));
        return world.Cell;
    }
}
