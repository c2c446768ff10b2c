using System.Text;

namespace Orchestrator.HostAgent.Logs;

/// <summary>From the bytes of a log file to text for people.</summary>
internal static class LogText
{
    /// <summary>Time, stream and tag stand before the text, each with a space behind it.</summary>
    private const int TagFields = 3;

    /// <summary>No character takes more in UTF-8.</summary>
    private const int MaxCharacterBytes = 4;

    public static string Of(byte[] content, LogFormat format) =>
        format == LogFormat.Plain ? Encoding.UTF8.GetString(content) : Untag(Encoding.UTF8.GetString(content));

    /// <summary>How much can be turned into text on its own: whole lines, or for a line without end whole characters.</summary>
    public static int WholeLength(ReadOnlySpan<byte> content, LogFormat format)
    {
        var lines = content.LastIndexOf((byte)'\n') + 1;
        return lines > 0 || format == LogFormat.Tagged ? lines : WholeCharacters(content);
    }

    public static string LastLines(string text, int count)
    {
        var start = text.EndsWith('\n') ? text.Length - 1 : text.Length;
        for (var line = 0; line < count; line++)
        {
            start = start == 0 ? -1 : text.LastIndexOf('\n', start - 1);
            if (start < 0)
            {
                return text;
            }
        }

        return count == 0 ? "" : text[Math.Min(text.Length, start + 1)..];
    }

    /// <summary>The end of a text that takes no more than so many bytes, from the beginning of a line if there is one.</summary>
    public static string LastBytes(string text, int maxBytes)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= maxBytes)
        {
            return text;
        }

        var tail = bytes.AsSpan(bytes.Length - maxBytes);
        var line = tail.IndexOf((byte)'\n') + 1;
        while (line == 0 && IsContinuation(tail[0]))
        {
            tail = tail[1..];
        }

        return Encoding.UTF8.GetString(tail[line..]);
    }

    private static string Untag(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(' ', TagFields + 1);
            if (fields.Length <= TagFields)
            {
                plain.Append(line).Append('\n'); // Not a tagged line; better shown as it is than lost.
                continue;
            }

            plain.Append(fields[TagFields]);
            if (fields[TagFields - 1] != "P")
            {
                plain.Append('\n');
            }
        }

        return plain.ToString();
    }

    /// <summary>Without a character at the end that is cut in two. Bytes that are no text at all stay.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> content)
    {
        for (var back = 1; back <= Math.Min(MaxCharacterBytes, content.Length); back++)
        {
            var first = content[^back];
            if (!IsContinuation(first))
            {
                return first >= 0xC0 && back < BytesOf(first) ? content.Length - back : content.Length;
            }
        }

        return content.Length;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;

    private static int BytesOf(byte first) =>
        first switch
        {
            >= 0xF0 => 4,
            >= 0xE0 => 3,
            _ => 2,
        };
}
