using System.Net;
using System.Text;
using System.Text.Json;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>Turns what Garden answers, and that it does not, into reasons for people.</summary>
internal sealed record GardenFailures(GardenAddress Address)
{
    /// <summary>A log line, not a page: some messages hold all that a program printed.</summary>
    private const int MaxMessageLength = 1000;

    /// <param name="asked">Completes "Garden did not …".</param>
    /// <param name="body">An error object, or the plain text of a router or an old Garden.</param>
    public static RuntimeFailedException Refused(string asked, HttpStatusCode status, byte[] body)
    {
        var error = ReadError(body);
        var text = error?.Message ?? Encoding.UTF8.GetString(body).Trim();
        var message = text.Length > MaxMessageLength ? text[..MaxMessageLength] + "…" : text;
        var reason = $"Garden did not {asked} ({(int)status}): {message}";
        return new RuntimeFailedException(reason, new GardenRefusedException(reason, status, error?.Type ?? ""));
    }

    public RuntimeFailedException Unreachable(Exception inner) =>
        new(
            $"Garden does not answer at {Address.Text}: {inner.Message} See that it runs, and what Agent:GardenUrl says."
        );

    public RuntimeFailedException Late(string asked, TimeSpan deadline) =>
        new($"Garden at {Address.Text} did not {asked} within {deadline.TotalSeconds} s.");

    public static bool IsOfTheConnection(Exception exception) =>
        exception is IOException or InvalidDataException or System.Net.Sockets.SocketException or HttpRequestException;

    private static GardenError? ReadError(byte[] body)
    {
        // Between its braces: chunk lengths may stand around it.
        var start = Array.IndexOf(body, (byte)'{');
        var end = Array.LastIndexOf(body, (byte)'}');
        try
        {
            return start < 0 || end < start
                ? null
                : JsonSerializer.Deserialize(body.AsSpan(start, end + 1 - start), GardenJson.Default.GardenError);
        }
        catch (JsonException)
        {
            return null; // Then it is told as it stands.
        }
    }
}
