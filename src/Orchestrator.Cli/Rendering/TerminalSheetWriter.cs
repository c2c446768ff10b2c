using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Cli.Rendering;

/// <summary>Writes a sheet for eyes: colours, and cells that wrap instead of being cut.</summary>
internal static class TerminalSheetWriter
{
    private static readonly Style Heading = new(decoration: Decoration.Bold);
    private static readonly Style Faint = new(decoration: Decoration.Dim);
    private static readonly Style Command = new(Color.Teal);

    public static void Write(Sheet sheet, IAnsiConsole console)
    {
        foreach (var part in sheet.Blocks.SelectMany(Render))
        {
            console.Write(part);
        }
    }

    /// <summary>For a place that is redrawn, where no line may be wider than the terminal.</summary>
    public static IRenderable RenderToFit(Sheet sheet) =>
        new Rows(
            sheet.Blocks.SelectMany(block =>
                block is Block.Next { Command.Length: > 0 } next
                    ? [Plain($"next: {next.Command}", Command)]
                    : Render(block)
            )
        );

    private static IEnumerable<IRenderable> Render(Block block) =>
        block switch
        {
            Block.Facts facts => [RenderFacts(facts)],
            Block.Grid { Rows.Count: 0, WhenEmpty.Length: 0 } => [],
            Block.Grid { Rows.Count: 0 } empty => [new Rows(Plain(empty.WhenEmpty, Faint))],
            Block.Grid { Title.Length: > 0 } titled =>
            [
                new Rows(new Text(""), Plain(titled.Title, Heading)),
                RenderGrid(titled),
            ],
            Block.Grid grid => [RenderGrid(grid)],
            Block.Outline outline => [RenderTree(outline.Root)],
            Block.Line line => [new Rows(Plain(line.Text, Style.Plain))],
            Block.Link link => [new UnwrappedLine((link.Url, Command))],
            Block.Next { Command.Length: > 0 } next => [RenderNext(next.Command)],
            Block.Advice { Command.Length: > 0 } advice => [RenderNext(advice.Command)],
            _ => [],
        };

    private static Table RenderFacts(Block.Facts facts)
    {
        var table = new Table().NoBorder().HideHeaders();
        table.AddColumn(new TableColumn("").NoWrap().PadLeft(0));
        table.AddColumn(new TableColumn(""));
        foreach (var (label, value) in facts.Items.Where(item => item.Value.Length > 0))
        {
            table.AddRow(Plain(label, Faint), Cell(value));
        }

        return table;
    }

    private static Table RenderGrid(Block.Grid grid)
    {
        var table = new Table().NoBorder();
        foreach (var column in grid.Columns)
        {
            table.AddColumn(new TableColumn(Plain(column, Faint)).PadLeft(0).PadRight(2));
        }

        foreach (var row in grid.Rows)
        {
            table.AddRow(row.Select(Cell));
        }

        return table;
    }

    private static Tree RenderTree(Branch root)
    {
        var tree = new Tree(Plain(root.Text, StyleOf(root.Tone))) { Style = Faint };
        AddAll(tree, root.Children);
        return tree;
    }

    private static void AddAll(IHasTreeNodes parent, IReadOnlyList<Branch> children)
    {
        foreach (var child in children)
        {
            AddAll(parent.AddNode(Plain(child.Text, StyleOf(child.Tone))), child.Children);
        }
    }

    private static UnwrappedLine RenderNext(string command) => new(("next: ", Faint), (command, Command));

    private static Text Cell(string text) => Plain(text, StyleOf(Tones.Of(text)));

    // Text, never Markup: brackets in remote text are only brackets.
    private static Text Plain(string text, Style style) => new(PlainText.OneLine(text), style);

    private static Style StyleOf(Tone tone) =>
        tone switch
        {
            Tone.Good => new Style(Color.Green),
            Tone.Bad => new Style(Color.Red),
            Tone.Waiting => new Style(Color.Yellow),
            Tone.Faint => Faint,
            _ => Style.Plain,
        };
}
