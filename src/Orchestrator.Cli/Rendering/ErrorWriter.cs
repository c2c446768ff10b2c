using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering;

/// <summary>Says on standard error what is wrong, where, and what to do about it.</summary>
internal sealed class ErrorWriter(TextWriter error)
{
    public void Write(string message, string hint)
    {
        error.WriteLine($"error: {PlainText.OneLine(message)}");
        WriteHint(hint, indent: "  ");
    }

    public void Write(CommandFailedException failure)
    {
        error.WriteLine($"error: {PlainText.OneLine(failure.Message)}");
        foreach (var candidate in failure.Candidates)
        {
            error.WriteLine($"  {PlainText.OneLine(candidate)}");
        }

        WriteHint(failure.Hint, indent: "  ");
    }

    public void Write(Problem problem)
    {
        if (problem.Errors is [var only] && only.Message == problem.Title)
        {
            WritePlace("error: ", only, hintIndent: "  ");
            WriteDetail(problem);
            return;
        }

        error.WriteLine($"error: {PlainText.OneLine($"{problem.Title} ({problem.Code})")}");
        WriteDetail(problem);
        foreach (var place in problem.Errors)
        {
            WritePlace("  ", place, hintIndent: "    ");
        }

        WriteHint(problem.Hint ?? "", indent: "  ");
    }

    private void WriteDetail(Problem problem)
    {
        if (problem.Detail is { Length: > 0 } detail && detail != problem.Title)
        {
            error.WriteLine($"  {PlainText.OneLine(detail)}");
        }
    }

    private void WritePlace(string prefix, ProblemPlace place, string hintIndent)
    {
        error.WriteLine(prefix + PlainText.OneLine($"{WhereOf(place)}: {place.Message} ({place.Code})"));
        WriteHint(place.Hint, hintIndent);
    }

    // As compilers write it, so that editors and terminals can jump there.
    private static string WhereOf(ProblemPlace place)
    {
        var line = place.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $":{place.Line}:{place.Column}") : "";
        return $"{place.File}{line} {place.Path}".Trim();
    }

    private void WriteHint(string hint, string indent)
    {
        if (hint.Length > 0)
        {
            error.WriteLine($"{indent}hint: {PlainText.OneLine(hint)}");
        }
    }
}
