using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Rows in a block: ascending, shared until somebody else edits them, split and joined.</summary>
public sealed class InstanceBlockTests
{
    private static readonly object Edit = new();

    [Fact]
    public void It_grows_to_its_capacity_and_finds_every_row()
    {
        var block = ABlock([.. Enumerable.Range(1, InstanceBlock.Capacity).Select(each => 2L * each)]);

        Assert.Equal(InstanceBlock.Capacity, block.Count);
        Assert.Equal(2, block.First);
        Assert.All(Enumerable.Range(0, block.Count), index => Assert.Equal(index, block.Search(2L * (index + 1))));
        Assert.All(Enumerable.Range(0, block.Count + 1), index => Assert.Equal(~index, block.Search((2L * index) + 1)));
    }

    [Fact]
    public void A_row_is_put_in_where_it_belongs_and_taken_out_again()
    {
        var block = ABlock(1, 2, 9);

        block.Insert(~block.Search(5), ARow(5));
        block.Insert(~block.Search(0), ARow(0));
        Assert.Equal([0, 1, 2, 5, 9], Numbers(block));
        block.RemoveAt(block.Search(2));
        block.RemoveAt(block.Search(9));

        Assert.Equal([0, 1, 5], Numbers(block));
    }

    [Fact]
    public void Whoever_edits_next_has_a_copy_and_what_was_read_stays_as_it_was()
    {
        var block = ABlock(1, 2);

        Assert.Same(block, block.ForEdit(Edit));
        var copy = block.ForEdit(new object());
        copy.Set(0, ARow(1) with { Generation = 7 });
        copy.RemoveAt(1);

        Assert.Equal([1], Numbers(copy));
        Assert.Equal([1, 2], Numbers(block));
        Assert.Equal(1, block.Rows[0].Generation);
    }

    [Fact]
    public void Its_upper_half_leaves_it_and_comes_back()
    {
        var block = ABlock(1, 2, 3, 4, 5);

        var upper = block.Split(Edit);
        Assert.Equal([1, 2], Numbers(block));
        Assert.Equal([3, 4, 5], Numbers(upper));
        upper.Insert(3, ARow(6));
        block.Append(upper);

        Assert.Equal([1, 2, 3, 4, 5, 6], Numbers(block));
    }

    /// <summary>One that has grown to four rows has no room for more of its own.</summary>
    [Theory]
    [InlineData(4, 1)]
    [InlineData(1, InstanceBlock.Capacity - 1)]
    [InlineData(InstanceBlock.Capacity / 2, InstanceBlock.Capacity / 2)]
    public void It_takes_over_as_many_as_fit(int own, int more)
    {
        var block = ABlock([.. Enumerable.Range(0, own).Select(each => (long)each)]);

        block.Append(ABlock([.. Enumerable.Range(own, more).Select(each => (long)each)]));

        Assert.Equal(Enumerable.Range(0, own + more).Select(each => (long)each), Numbers(block));
    }

    private static InstanceBlock ABlock(params long[] numbers)
    {
        var block = InstanceBlock.New(Edit, ARow(numbers[0]));
        foreach (var number in numbers.AsSpan(1))
        {
            block.Insert(block.Count, ARow(number));
        }

        return block;
    }

    private static long[] Numbers(InstanceBlock block) => [.. block.Rows.ToArray().Select(row => row.Number)];
}
