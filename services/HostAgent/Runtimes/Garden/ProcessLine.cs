using System.Text.Json;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>What Garden says about a process, one line of JSON each.</summary>
internal abstract record ProcessLine
{
    /// <summary>Real ones have a hundred bytes; an error may quote what a program printed.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxIdLength = 256;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 8 };

    private ProcessLine() { }

    /// <param name="ProcessId">As JSON, so that it goes back as it came.</param>
    /// <param name="StreamId">Names the connections for its output.</param>
    internal sealed record Attached(string ProcessId, string StreamId) : ProcessLine;

    internal sealed record Exited(int Status) : ProcessLine;

    /// <summary>Garden does not know how it ended, or whether it did.</summary>
    internal sealed record Failed(string Error) : ProcessLine;

    /// <summary>Says nothing that concerns us.</summary>
    internal sealed record Other : ProcessLine;

    /// <exception cref="InvalidDataException">It is no such line.</exception>
    public static ProcessLine Parse(byte[] line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Options);
            return Of(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"Garden sent a line that is no message: {e.Message}", e);
        }
    }

    private static ProcessLine Of(JsonElement root)
    {
        // An object, or this throws.
        if (root.TryGetProperty("exit_status", out var status) && status.ValueKind != JsonValueKind.Null)
        {
            return new Exited(status.GetInt32());
        }

        if (root.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null)
        {
            return new Failed(error.GetString() ?? "");
        }

        return root.TryGetProperty("process_id", out var process) && root.TryGetProperty("stream_id", out var stream)
            ? new Attached(Bounded(process.GetRawText()), Bounded(Text(stream)))
            : new Other();
    }

    private static string Text(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number ? element.GetRawText() : element.GetString() ?? "";

    private static string Bounded(string id) =>
        id.Length is > 0 and <= MaxIdLength ? id : throw new FormatException("An id is empty or far too long.");
}
