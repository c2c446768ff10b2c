using System.Text;

namespace Orchestrator.Cli.Rendering;

/// <summary>Writes a sheet for files and pipes: aligned columns, whole values, no colours.</summary>
internal sealed class PlainSheetWriter(TextWriter writer)
{
    private const string Gap = "  ";

    public void Write(Sheet sheet)
    {
        foreach (var block in sheet.Blocks)
        {
            Write(block);
        }
    }

    private void Write(Block block)
    {
        switch (block)
        {
            case Block.Facts facts:
                WriteRows([
                    .. facts
                        .Items.Where(item => item.Value.Length > 0)
                        .Select(item => (IReadOnlyList<string>)[item.Label + ":", item.Value]),
                ]);
                break;
            case Block.Grid grid:
                WriteGrid(grid);
                break;
            case Block.Outline outline:
                WriteBranch(outline.Root, first: "", rest: "");
                break;
            case Block.Line line:
                writer.WriteLine(PlainText.OneLine(line.Text));
                break;
            case Block.Link link:
                writer.WriteLine(PlainText.OneLine(link.Url));
                break;
            case Block.Next { Command.Length: > 0 } next:
                writer.WriteLine($"next: {PlainText.OneLine(next.Command)}");
                break;
        }
    }

    private void WriteGrid(Block.Grid grid)
    {
        if (grid.Rows.Count == 0)
        {
            if (grid.WhenEmpty.Length > 0)
            {
                writer.WriteLine(PlainText.OneLine(grid.WhenEmpty));
            }

            return;
        }

        if (grid.Title.Length > 0)
        {
            writer.WriteLine();
            writer.WriteLine(PlainText.OneLine(grid.Title));
        }

        WriteRows([grid.Columns, .. grid.Rows.Select(FillBlanks)]);
    }

    // So that the columns count the same for programs that split at blanks.
    private static IReadOnlyList<string> FillBlanks(IReadOnlyList<string> row) =>
        [.. row.Select(cell => cell.Length == 0 ? "-" : cell)];

    private void WriteRows(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var clean = rows.Select(row => row.Select(PlainText.OneLine).ToArray()).ToArray();
        if (clean.Length == 0)
        {
            return;
        }

        var widths = Enumerable.Range(0, clean[0].Length).Select(column => clean.Max(row => row[column].Length));
        var padding = widths.ToArray();
        foreach (var row in clean)
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Length; column++)
            {
                line.Append(row[column].PadRight(padding[column])).Append(Gap);
            }

            writer.WriteLine(line.ToString().TrimEnd());
        }
    }

    private void WriteBranch(Branch branch, string first, string rest)
    {
        writer.WriteLine(first + PlainText.OneLine(branch.Text));
        for (var index = 0; index < branch.Children.Count; index++)
        {
            var isLast = index == branch.Children.Count - 1;
            WriteBranch(branch.Children[index], rest + (isLast ? "└─ " : "├─ "), rest + (isLast ? "   " : "│  "));
        }
    }
}
