using System.Diagnostics;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Simulation;

/// <summary>Who is on a host, in eight bytes each.</summary>
public sealed class HostRefsTests
{
    private const int LastOrdinal = (1 << 24) - 1;
    private const long LastNumber = (1L << 40) - 1;

    private readonly HostRefs _refs = new(HostId.Parse("h1"));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 1)]
    [InlineData(0, LastNumber)]
    [InlineData(LastOrdinal, 0)]
    [InlineData(LastOrdinal, LastNumber)]
    public void A_place_says_of_which_deployment_and_which_number_it_is(int ordinal, long number)
    {
        var place = new InstanceRef(ordinal, number);

        Assert.Equal((ordinal, number), (place.Ordinal, place.Number));
    }

    [Theory]
    [InlineData(LastOrdinal + 1, 0)]
    [InlineData(0, LastNumber + 1)]
    public void What_does_not_fit_into_a_place_is_refused(int ordinal, long number) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new InstanceRef(ordinal, number));

    [Fact]
    public void Places_are_sorted_by_deployment_then_by_number()
    {
        InstanceRef[] sorted = [new(0, 9), new(0, LastNumber), new(1, 1), new(1, 2), new(LastOrdinal, 0)];

        Assert.Equal(sorted, sorted.Reverse().Order());
    }

    [Fact]
    public void Those_that_are_removed_are_gone_and_all_others_stay()
    {
        var all = Enumerable.Range(1, 20).Select(number => new InstanceRef(number % 3, number)).ToList();
        all.ForEach(_refs.Add);

        foreach (var number in (int[])[1, 20, 7, 8])
        {
            _refs.Remove(all.Single(place => place.Number == number));
        }

        Assert.Equal(16, _refs.Count);
        Assert.Equal(
            all.Select(place => place.Number).Except([1L, 20L, 7L, 8L]),
            _refs.Refs.ToArray().Select(place => place.Number).Order()
        );
    }

    [Fact]
    public void To_remove_one_that_is_not_there_is_a_fault()
    {
        _refs.Add(new InstanceRef(1, 1));
        _refs.Remove(new InstanceRef(1, 1));

        var thrown = Assert.Throws<UnreachableException>(() => _refs.Remove(new InstanceRef(1, 1)));

        Assert.Equal("h1 does not have instance 1.", thrown.Message);
        Assert.Equal(0, _refs.Count);
    }
}
