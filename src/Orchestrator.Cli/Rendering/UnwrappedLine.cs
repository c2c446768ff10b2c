using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Cli.Rendering;

/// <summary>Text that is to be copied: the terminal may fold it, but no line break gets into it.</summary>
internal sealed class UnwrappedLine(params IReadOnlyList<(string Text, Style Style)> parts) : IRenderable
{
    public Measurement Measure(RenderOptions options, int maxWidth) => new(maxWidth, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        parts.Select(part => new Segment(PlainText.OneLine(part.Text), part.Style)).Append(Segment.LineBreak);
}
