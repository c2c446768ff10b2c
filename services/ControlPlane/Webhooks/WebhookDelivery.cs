using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Webhooks;

/// <summary>One question as it goes out.</summary>
/// <param name="Id">The same for every attempt at the same question, by whichever replica: receivers may tell repeats by it.</param>
/// <param name="Body">JSON.</param>
internal sealed record WebhookDelivery(string Id, byte[] Body)
{
    private const int IdBytes = 16;

    public static WebhookDelivery Of(string cell, Rollout rollout, WebhookQuestion question, DateTimeOffset now)
    {
        var before = question.Gate.Before == ApprovalPoint.Stage ? "stage" : "promotion";
        var text = new QuestionText(
            "rollout.gate",
            now,
            new QuestionData
            {
                Webhook = question.Gate.Name,
                Before = before,
                Rollout = rollout.Id.Value,
                Service = rollout.Service.Value,
                Stage = rollout.Stage.Name.Value,
                From = rollout.From?.ToString(),
                To = rollout.To.ToString(),
                ConsistHash = rollout.ConsistHash,
                PublishedBy = rollout.PublishedBy,
                Question = question.Round,
                Attempt = question.Attempt,
            }
        );
        // What makes it another question, and nothing else. The moment of planning tells apart what came of a new database.
        var identity = string.Create(
            CultureInfo.InvariantCulture,
            $"{cell}|{rollout.Id}|{rollout.PlannedAt.UtcTicks}|{rollout.ConsistHash}|{question.Gate.Name}|{before}|{question.Round}"
        );
        var id = SHA256.HashData(Encoding.UTF8.GetBytes(identity)).AsSpan(0, IdBytes);
        return new WebhookDelivery(
            $"msg_{Convert.ToHexStringLower(id)}",
            JsonSerializer.SerializeToUtf8Bytes(text, WebhookJson.Default.QuestionText)
        );
    }
}

/// <summary>As the Standard Webhooks specification lays a body out.</summary>
internal sealed record QuestionText(string Type, DateTimeOffset Timestamp, QuestionData Data);

internal sealed record QuestionData
{
    public required string Webhook { get; init; }

    /// <summary><c>stage</c> or <c>promotion</c>.</summary>
    public required string Before { get; init; }

    public required string Rollout { get; init; }

    public required string Service { get; init; }

    public required string Stage { get; init; }

    /// <summary>Null for a first version.</summary>
    public required string? From { get; init; }

    public required string To { get; init; }

    public required string ConsistHash { get; init; }

    public required string PublishedBy { get; init; }

    public required int Question { get; init; }

    public required int Attempt { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(QuestionText))]
internal sealed partial class WebhookJson : JsonSerializerContext;
