using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Cli.Rendering;

internal enum OutputFormat
{
    Table,
    Json,
    Yaml,
}

/// <summary>Where results go. With json and yaml, standard output holds complete objects and nothing else.</summary>
internal sealed class Output(Surroundings surroundings, OutputFormat format)
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        // People read it too, so → stays →.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonWriterOptions OneLine = Indented with { Indented = false };

    public bool IsTable => format == OutputFormat.Table;

    public void Show<T>(T value, JsonTypeInfo<T> type, Func<T, Sheet> toSheet)
    {
        if (IsTable)
        {
            Show(toSheet(value));
        }
        else if (format == OutputFormat.Json)
        {
            surroundings.Out.WriteLine(ToJson(value, type, Indented));
        }
        else
        {
            surroundings.Out.Write(YamlWriter.Write(JsonSerializer.SerializeToElement(value, type)));
        }
    }

    public void Show(Sheet sheet)
    {
        if (surroundings.OpenTerminal is { } openTerminal)
        {
            TerminalSheetWriter.Write(sheet, openTerminal());
        }
        else
        {
            new PlainSheetWriter(surroundings.Out).Write(sheet);
            surroundings.Out.Flush();
        }
    }

    /// <summary>One of a stream of objects: a line of JSON each, or a YAML document each.</summary>
    public void ShowNext<T>(T value, JsonTypeInfo<T> type)
    {
        if (format == OutputFormat.Json)
        {
            surroundings.Out.WriteLine(ToJson(value, type, OneLine));
        }
        else
        {
            surroundings.Out.WriteLine("---");
            surroundings.Out.Write(YamlWriter.Write(JsonSerializer.SerializeToElement(value, type)));
        }

        surroundings.Out.Flush();
    }

    /// <summary>Progress for people: never mixed into objects.</summary>
    public void Say(string text)
    {
        var writer = IsTable ? surroundings.Out : surroundings.Error;
        writer.WriteLine(PlainText.OneLine(text));
        writer.Flush();
    }

    /// <summary>As <see cref="WriteLog"/>, to where errors go.</summary>
    public void WriteErrors(string text)
    {
        surroundings.Error.Write(PlainText.Lines(text));
        surroundings.Error.Flush();
    }

    /// <summary>Raw text of an instance, made harmless.</summary>
    public void WriteLog(string text)
    {
        surroundings.Out.Write(PlainText.Lines(text));
        surroundings.Out.Flush();
    }

    public void Warn(string text) => surroundings.Error.WriteLine(PlainText.OneLine(text));

    private static string ToJson<T>(T value, JsonTypeInfo<T> type, JsonWriterOptions options)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return PlainText.Json(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }
}
