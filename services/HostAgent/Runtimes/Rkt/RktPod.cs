using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>A pod as rkt tells of it. Its exit code is not among that: fly never has one.</summary>
/// <param name="HasStarted">Its first process is known, and is the program or about to become it.</param>
/// <param name="App">Our pods have one; empty while rkt has not written what is in the pod.</param>
internal sealed record RktPod(Guid Id, string State, bool HasStarted, string App)
{
    private const string NotJson = "rkt answers what is not a pod's status";

    /// <summary>As rkt calls it.</summary>
    public string Name => Id.ToString("D");

    /// <summary>Something holds its lock: in fly also a process that its first one left behind.</summary>
    public bool IsRunning => State == "running";

    /// <summary>Some rkt is at it just now.</summary>
    public bool IsBeingPrepared => State is "embryo" or "preparing";

    /// <param name="text">The output of <c>rkt status --format=json</c>.</param>
    /// <exception cref="RuntimeFailedException">It is not that.</exception>
    public static RktPod Parse(string text) => Of(Read(text, RktJson.Default.RktPodAnswer));

    /// <param name="text">The output of <c>rkt list --format=json</c>.</param>
    /// <exception cref="RuntimeFailedException">It is not that.</exception>
    public static IReadOnlyList<RktPod> ParseList(string text) =>
        // Without pods some versions print null, and some nothing.
        string.IsNullOrWhiteSpace(text)
        || text.Trim() == "null"
            ? []
            : [.. Read(text, RktJson.Default.RktPodAnswerArray).Select(Of)];

    public static bool IsName(string text) => Guid.TryParseExact(text, "D", out _);

    /// <exception cref="RuntimeFailedException">It is not the name of a pod.</exception>
    public static string ParseName(string text) =>
        Guid.TryParseExact(text.Trim(), "D", out var id)
            ? id.ToString("D")
            : throw new RuntimeFailedException($"rkt answers what is not a pod's name: {Shorten(text)}");

    private static T Read<T>(string text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type)
                ?? throw new RuntimeFailedException($"{NotJson}: {Shorten(text)}");
        }
        catch (JsonException e)
        {
            throw new RuntimeFailedException($"{NotJson} ({e.Message}): {Shorten(text)}", e);
        }
    }

    private static RktPod Of(RktPodAnswer? answer) =>
        answer is { State: { } state } && Guid.TryParseExact(answer.Name, "D", out var id)
            ? new RktPod(id, state, answer.StartedAt is not null, answer.App)
            : throw new RuntimeFailedException($"{NotJson}: it lacks a name or a state.");

    private static string Shorten(string text)
    {
        const int maxLength = 200;
        return text.Length > maxLength ? text[..maxLength] + "…" : text;
    }
}

/// <summary>What we read of the answer; which times and images, is nothing to us.</summary>
internal sealed record RktPodAnswer(string? Name, string? State, long? StartedAt, IReadOnlyList<string?>? AppNames)
{
    public string App => AppNames is [{ } app] ? app : "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RktPodAnswer))]
[JsonSerializable(typeof(RktPodAnswer[]))]
internal sealed partial class RktJson : JsonSerializerContext;
