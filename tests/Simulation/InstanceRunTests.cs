using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>How the instances of a deployment are spread over blocks.</summary>
public sealed class InstanceRunTests
{
    private const int Capacity = InstanceBlock.Capacity;

    private readonly InstanceRun _run = InstanceRun.New(new object(), new DeploymentKey(Checkout, Prod), ordinal: 0);

    [Fact]
    public void Numbers_that_grow_fill_one_block_after_the_other()
    {
        Put(Enumerable.Range(1, (2 * Capacity) + 1));

        Assert.Equal([Capacity, Capacity, 1], _run.Blocks.Select(block => block.Count));
        AssertHas(Enumerable.Range(1, (2 * Capacity) + 1));
    }

    [Theory]
    [InlineData(1, (Capacity / 2) + 1, Capacity / 2)]
    [InlineData((2 * Capacity) - 3, Capacity / 2, (Capacity / 2) + 1)]
    public void A_full_block_is_split_for_what_comes_between(int number, int lower, int upper)
    {
        var even = Enumerable.Range(0, Capacity).Select(each => 2 * each).ToList();
        Put(even);

        Put([number]);

        Assert.Equal([lower, upper], _run.Blocks.Select(block => block.Count));
        AssertHas(even.Append(number).Order());
    }

    [Fact]
    public void What_comes_before_all_others_has_a_block_of_its_own_where_the_first_is_full()
    {
        Put(Enumerable.Range(10, Capacity));

        Put([3, 1]);

        Assert.Equal([2, Capacity], _run.Blocks.Select(block => block.Count));
        AssertHas([1, 3, .. Enumerable.Range(10, Capacity)]);
    }

    [Fact]
    public void Blocks_that_have_become_small_are_joined()
    {
        Put(Enumerable.Range(1, 2 * Capacity));

        foreach (var number in Enumerable.Range(1, 2 * Capacity).Where(each => each % 4 != 0).Reverse())
        {
            _run.Remove(number);
        }

        Assert.Equal([Capacity / 2], _run.Blocks.Select(block => block.Count));
        AssertHas(Enumerable.Range(1, Capacity / 2).Select(each => 4 * each));
    }

    private void Put(IEnumerable<int> numbers)
    {
        foreach (var number in numbers)
        {
            _run.Put(ARow(number));
        }
    }

    private void AssertHas(IEnumerable<int> numbers)
    {
        var expected = numbers.Select(each => (long)each).ToList();
        Assert.Equal(expected, _run.Blocks.SelectMany(block => block.Rows.ToArray()).Select(row => row.Number));
        Assert.Equal(expected.Count, _run.Count);
        Assert.All(expected, number => Assert.True(_run.TryGet(number, out var row) && row.Number == number));
    }
}
