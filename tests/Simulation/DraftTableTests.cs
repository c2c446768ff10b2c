using System.Collections.Immutable;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Simulation;

/// <summary>What of a table is to be stored after a decision.</summary>
public sealed class DraftTableTests
{
    private readonly DraftTable<string, string> _table = new(
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("a", "1").Add("b", "2")
    );

    [Fact]
    public void What_was_put_is_changed_and_what_was_removed_is_gone()
    {
        _table.Put("c", "3");
        _table.Put("a", "9");
        _table.Remove("b");

        var (changed, removed) = _table.Take();

        Assert.Equal((string[])["9", "3"], changed);
        Assert.Equal((string[])["b"], removed);
        Assert.Equal(["9", "3"], _table.Rows);
    }

    [Fact]
    public void What_says_in_the_end_what_the_store_says_is_not_written()
    {
        _table.Put("a", "9");
        _table.Put("a", "1");
        _table.Remove("b");
        _table.Put("b", "2");
        _table.Put("b", "2");

        AssertNothingChanged();
    }

    [Fact]
    public void Removing_what_is_not_there_changes_nothing()
    {
        _table.Remove("z");

        AssertNothingChanged();
        Assert.Null(_table.FindStored("z"));
    }

    [Fact]
    public void What_the_store_has_is_known_until_the_changes_are_taken()
    {
        _table.Put("a", "8");
        _table.Put("a", "9");
        _table.Remove("b");

        Assert.Equal(("1", "2"), (_table.FindStored("a"), _table.FindStored("b")));
        _table.Take();
        Assert.Equal(("9", null), (_table.FindStored("a"), _table.FindStored("b")));
    }

    private void AssertNothingChanged()
    {
        var (changed, removed) = _table.Take();
        Assert.Empty(changed);
        Assert.Empty(removed);
    }
}
