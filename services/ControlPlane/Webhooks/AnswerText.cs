using System.Text.Json;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Webhooks;

/// <summary>Reads <c>{"allow": true, "reason": "…"}</c>, or <c>{"pending": true}</c>. Only a plain true allows.</summary>
internal static class AnswerText
{
    /// <summary>It stands in the journal, and in one line of a terminal.</summary>
    private const int MaxReason = 300;

    /// <summary>Two of a name would let reader and writer understand different things.</summary>
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    public static WebhookAnswer Read(byte[] body)
    {
        using var answer = Parse(body);
        if (answer?.RootElement is not { ValueKind: JsonValueKind.Object } members)
        {
            return new WebhookAnswer.Failed("its answer is no JSON object");
        }

        if (members.TryGetProperty("pending", out var pending) && pending.ValueKind == JsonValueKind.True)
        {
            return new WebhookAnswer.Pending(ReasonOf(members));
        }

        return members.TryGetProperty("allow", out var allow)
            ? allow.ValueKind switch
            {
                JsonValueKind.True => new WebhookAnswer.Allowed(ReasonOf(members)),
                JsonValueKind.False => new WebhookAnswer.Refused(ReasonOf(members)),
                _ => new WebhookAnswer.Failed("its answer's 'allow' is neither true nor false"),
            }
            : new WebhookAnswer.Failed("its answer has no 'allow'");
    }

    /// <summary>Empty if there is none.</summary>
    public static string ReasonIn(byte[] body)
    {
        using var answer = Parse(body);
        return answer?.RootElement is { ValueKind: JsonValueKind.Object } members ? ReasonOf(members) : "";
    }

    private static JsonDocument? Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body, Strict);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string ReasonOf(JsonElement members)
    {
        if (!members.TryGetProperty("reason", out var reason) || reason.ValueKind != JsonValueKind.String)
        {
            return "";
        }

        // Half of a surrogate pair cannot be stored, and control characters do things to terminals.
        var text = new string([
            .. (TextOf(reason) ?? "")
                .Take(MaxReason)
                .Where(letter => !char.IsSurrogate(letter))
                .Select(letter => char.IsControl(letter) ? ' ' : letter),
        ]);
        return text.Trim();
    }

    private static string? TextOf(JsonElement reason)
    {
        try
        {
            return reason.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // Bytes that are no UTF-8, or half a pair, escaped.
        }
    }
}
