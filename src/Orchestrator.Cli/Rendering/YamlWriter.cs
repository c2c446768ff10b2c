using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Cli.Rendering;

/// <summary>Writes JSON as YAML that every parser reads back as the same values: what could be taken for anything else is quoted.</summary>
internal static partial class YamlWriter
{
    private static readonly SearchValues<string> Reserved = SearchValues.Create(
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"],
        StringComparison.OrdinalIgnoreCase
    );

    public static string Write(JsonElement root)
    {
        var text = new StringBuilder();
        if (IsScalarOrEmpty(root))
        {
            text.Append(Scalar(root)).Append('\n');
        }
        else
        {
            WriteBlock(root, indent: 0, text);
        }

        return text.ToString();
    }

    private static void WriteBlock(JsonElement element, int indent, StringBuilder text)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                text.Append(' ', indent).Append('-');
                WriteItem(item, indent, text);
            }

            return;
        }

        foreach (var property in element.EnumerateObject())
        {
            text.Append(' ', indent);
            WriteProperty(property, indent, text);
        }
    }

    /// <summary>A mapping in a list starts on the line of its dash.</summary>
    private static void WriteItem(JsonElement item, int indent, StringBuilder text)
    {
        if (IsScalarOrEmpty(item))
        {
            text.Append(' ').Append(Scalar(item)).Append('\n');
            return;
        }

        if (item.ValueKind == JsonValueKind.Array)
        {
            text.Append('\n');
            WriteBlock(item, indent + 2, text);
            return;
        }

        var separator = " ";
        foreach (var property in item.EnumerateObject())
        {
            text.Append(separator);
            WriteProperty(property, indent + 2, text);
            separator = new string(' ', indent + 2);
        }
    }

    private static void WriteProperty(JsonProperty property, int indent, StringBuilder text)
    {
        text.Append(Quoted(property.Name)).Append(':');
        if (IsScalarOrEmpty(property.Value))
        {
            text.Append(' ').Append(Scalar(property.Value)).Append('\n');
            return;
        }

        text.Append('\n');
        WriteBlock(property.Value, indent + 2, text);
    }

    private static bool IsScalarOrEmpty(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => element.GetArrayLength() == 0,
            JsonValueKind.Object => element.GetPropertyCount() == 0,
            _ => true,
        };

    private static string Scalar(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => "[]",
            JsonValueKind.Object => "{}",
            JsonValueKind.String => Quoted(element.GetString() ?? ""),
            _ => element.GetRawText(),
        };

    private static string Quoted(string text) =>
        PlainScalar().IsMatch(text) && !Reserved.Contains(text) ? text : DoubleQuoted(text);

    private static string DoubleQuoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            quoted.Append(
                rune.Value switch
                {
                    '"' => "\\\"",
                    '\\' => @"\\",
                    '\n' => "\\n",
                    '\t' => "\\t",
                    _ when rune.ToString() == PlainText.OneLine(rune.ToString()) => rune.ToString(),
                    _ => $"\\U{rune.Value:X8}",
                }
            );
        }

        return quoted.Append('"').ToString();
    }

    // Starts with a letter or slash, so it is no number, date, or marker; contains no ': ' or ' #'.
    [GeneratedRegex(
        @"^[A-Za-z/_][A-Za-z0-9/_.+=@-]*(?: [A-Za-z0-9/_.+=@-]+)*$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex PlainScalar();
}
