namespace Orchestrator.Cli.Rendering;

/// <summary>What <c>-o table</c> shows of an object: blocks from top to bottom, as plain text.</summary>
internal sealed record Sheet(IReadOnlyList<Block> Blocks)
{
    public static Sheet Of(params IReadOnlyList<Block> blocks) => new(blocks);
}

internal abstract record Block
{
    private Block() { }

    /// <summary>Labels with values; a fact without a value is left out.</summary>
    public sealed record Facts(IReadOnlyList<(string Label, string Value)> Items) : Block;

    /// <param name="Title">Empty when the rows are all there is.</param>
    /// <param name="WhenEmpty">Said instead of a table without rows; with the command that fills it.</param>
    public sealed record Grid(
        string Title,
        IReadOnlyList<string> Columns,
        IReadOnlyList<IReadOnlyList<string>> Rows,
        string WhenEmpty
    ) : Block;

    public sealed record Outline(Branch Root) : Block;

    public sealed record Line(string Text) : Block;

    /// <summary>Must survive copying, so it is never wrapped.</summary>
    public sealed record Link(string Url) : Block;

    /// <summary>The command that leads on; nothing when empty.</summary>
    public sealed record Next(string Command) : Block;

    /// <summary>Like <see cref="Next"/>, but below a list: only people get it, not scripts that read the rows.</summary>
    public sealed record Advice(string Command) : Block;
}

/// <summary>A node of a tree.</summary>
internal sealed record Branch(string Text, Tone Tone, IReadOnlyList<Branch> Children)
{
    public static Branch Leaf(string text) => new(text, Tone.Neutral, []);

    public static Branch Leaf(string text, Tone tone) => new(text, tone, []);
}
