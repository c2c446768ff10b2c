using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Tests.Placement;

namespace Orchestrator.Core.Tests.Reconciliation;

public sealed class CapacityRulesTests
{
    private static readonly ResourceName Licence = ResourceName.Parse("licence.oracle");

    [Fact]
    public void The_reserve_is_taken_off_before_the_ratio()
    {
        var pool = APool("a") with { Overcommit = new Overcommit(150, 100, 133), Reserve = AReserve(500, 1024, 1) };

        Assert.Equal(
            new Resources(5_250, 7_168) { DiskMebibytes = 131 },
            Effective(new Resources(4_000, 8_192) { DiskMebibytes = 100 }, pool)
        );
    }

    [Fact]
    public void A_host_has_never_less_than_nothing_nor_more_than_a_number_holds()
    {
        var pool = APool("a") with { Overcommit = new Overcommit(1000, 1000, 1000), Reserve = AReserve(5_000, 0, 1) };

        Assert.Equal(new Resources(0, int.MaxValue), Effective(new Resources(4_000, int.MaxValue), pool));
    }

    [Fact]
    public void Of_several_pools_the_most_careful_rule_holds_and_who_says_nothing_has_no_part_in_it()
    {
        Pool[] pools =
        [
            APool("a") with
            {
                Overcommit = new Overcommit(300, 200, null),
                Reserve = AReserve(1_000, 0, 0),
                Counts = [new NamedCount(Licence, 3)],
            },
            APool("b") with
            {
                Overcommit = new Overcommit(200, null, null),
                Reserve = AReserve(500, 96, 0),
                Counts = [new NamedCount(Licence, 2)],
            },
            APool("c"),
        ];

        var effective = Effective(new Resources(4_000, 4_096), pools);

        Assert.Equal(new Resources(6_000, 8_000) { Counts = [new NamedCount(Licence, 2)] }, effective);
    }

    /// <summary>Of memory and of disk as of processors.</summary>
    [Fact]
    public void The_largest_reserve_and_the_smallest_ratio_need_not_be_of_the_same_pool()
    {
        Pool[] pools =
        [
            APool("a") with
            {
                Overcommit = new Overcommit(300, 200, 150),
                Reserve = AReserve(1_000, 96, 10),
            },
            APool("b") with
            {
                Overcommit = new Overcommit(200, 150, 110),
                Reserve = AReserve(500, 64, 7),
            },
        ];

        var effective = Effective(new Resources(4_000, 4_096) { DiskMebibytes = 110 }, pools);

        Assert.Equal(new Resources(6_000, 6_000) { DiskMebibytes = 110 }, effective);
        Assert.Equal(effective, Effective(new Resources(4_000, 4_096) { DiskMebibytes = 110 }, [.. pools.Reverse()]));
    }

    [Fact]
    public void A_host_that_counts_something_itself_has_no_more_of_it_than_it_says()
    {
        var reported = new Resources(1, 1)
        {
            Counts = [new NamedCount(Licence, 1), new NamedCount(ResourceName.DynamicPorts, 9)],
        };

        Assert.Equal(reported, Effective(reported, APool("a") with { Counts = [new NamedCount(Licence, 3)] }));
    }

    [Fact]
    public void A_pool_says_nothing_of_hosts_that_it_does_not_select()
    {
        var other = APool("a") with
        {
            Selector = ImmutableSortedDictionary<string, string>.Empty.Add("region", "eu"),
            Reserve = AReserve(1_000, 0, 0),
        };

        Assert.Equal(new Resources(4_000, 4_096), Effective(new Resources(4_000, 4_096), other));
    }

    private static Resources Effective(Resources reported, params Pool[] pools) =>
        new CapacityRules(pools).Apply(Snapshots.AHost("h1").Host with { Capacity = reported }).Capacity;

    private static Resources AReserve(int cpu, int memory, int disk) => new(cpu, memory) { DiskMebibytes = disk };

    private static Pool APool(string name) =>
        new(PoolName.Parse(name), ImmutableSortedDictionary<string, string>.Empty, PoolPreference.Spread);
}
