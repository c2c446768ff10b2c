using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>What <c>--policy</c> names: what is not written has the default that docs/judging.md tells.</summary>
/// <remarks>With setters: generated code gives what is not written no default where a property is for initialising only.</remarks>
internal sealed record JudgePolicyFile
{
    public double Alpha { get; set; } = 0.001;

    public double MinSoakSeconds { get; set; } = 300;

    public double MaxSoakSeconds { get; set; } = 3600;

    /// <summary>Null: a minute, or two intervals if they are longer.</summary>
    public double? MaxAgeSeconds { get; set; }

    /// <summary>Of the rule of ranks: below this score the canary fails; as Kayenta's own examples have it.</summary>
    public double Marginal { get; set; } = 75;

    /// <summary>Of the rule of ranks: from this score on it passes.</summary>
    public double Pass { get; set; } = 95;

    /// <summary>Of the group sequential rule: so many until the maximum soak is over, equally far apart.</summary>
    public int Looks { get; set; } = 5;

    /// <summary>By name: errors, latency, or a column.</summary>
    public ImmutableSortedDictionary<string, JudgeMetricFile> Metrics { get; set; } =
        ImmutableSortedDictionary<string, JudgeMetricFile>.Empty;

    public static async Task<JudgePolicyFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var text = await File.ReadAllTextAsync(path, cancellationToken);
            return JsonSerializer.Deserialize(text, JudgeFileJson.Default.JudgePolicyFile)
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException exception)
        {
            var line = (exception.LineNumber ?? 0) + 1;
            throw new CommandFailedException(
                ExitCode.Usage,
                string.Create(CultureInfo.InvariantCulture, $"{path}:{line} is no policy: {exception.Message}"),
                "docs/judging.md lists the fields."
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Usage, $"'{path}' cannot be read: {exception.Message}", "");
        }
    }
}

internal sealed record JudgeMetricFile
{
    /// <summary>Its own part of alpha; null: it shares what the others leave, by its weight.</summary>
    public double? Alpha { get; set; }

    public double Weight { get; set; } = 1;

    public double Beta { get; set; } = 0.01;

    public double ToleratedRatio { get; set; } = 1;

    public double? InferiorRatio { get; set; }

    public MetricDirection Direction { get; set; }

    /// <summary>Of errors: the share below which a canary passes whatever the baseline does.</summary>
    public double? Acceptable { get; set; }

    /// <summary>Of latency.</summary>
    public double Quantile { get; set; } = 0.95;

    public long MinSamples { get; set; } = 1;

    public long MaxSamples { get; set; } = long.MaxValue;

    public bool Ignore { get; set; }

    /// <summary>Of the rule of fixed thresholds: beyond it a line is bad.</summary>
    public double? Limit { get; set; }

    /// <summary>At it or better, a line is good; between the two it is inconclusive. Null: the same as the limit.</summary>
    public double? GoodLimit { get; set; }

    /// <summary>Bad lines that are forgiven.</summary>
    public int FailureLimit { get; set; }

    /// <summary>Inconclusive lines that are forgiven.</summary>
    public int InconclusiveLimit { get; set; }

    /// <summary>Lines in a row without a number that are forgiven; as Argo Rollouts has it.</summary>
    public int ConsecutiveErrorLimit { get; set; } = 4;

    /// <summary>Good lines that are needed. Null: all that are not forgiven.</summary>
    public int? Checks { get; set; }
}

/// <summary>Unknown fields are mistakes: a mistyped margin must not be judged by the default.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true
)]
[JsonSerializable(typeof(JudgePolicyFile))]
internal sealed partial class JudgeFileJson : JsonSerializerContext;
