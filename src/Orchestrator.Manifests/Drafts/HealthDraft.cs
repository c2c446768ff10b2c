using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

/// <summary>Whether an instance is ready, or whether it is alive.</summary>
internal sealed record HealthDraft
{
    /// <summary>The fields of which exactly one says what is asked.</summary>
    private static readonly string[] Kinds = ["path", "tcp", "exec", "grpc"];

    public required bool IsThere { get; init; }

    /// <summary>Of the fields that say what is asked, those that are there.</summary>
    public required ImmutableArray<string> Asks { get; init; }

    public required string? Path { get; init; }

    public required bool? Tcp { get; init; }

    public required ImmutableArray<string> Exec { get; init; }

    public required string? Grpc { get; init; }

    public required TimeSpan? Interval { get; init; }

    public required TimeSpan? Timeout { get; init; }

    public required int? UnhealthyAfter { get; init; }

    public required TimeSpan? Startup { get; init; }

    /// <summary>Whether it is asked on the instance's port.</summary>
    public bool NeedsPort => IsThere && !Asks.Contains("exec", StringComparer.Ordinal);

    public static HealthDraft ReadHealth(Fields health) =>
        Read(
            health,
            ManifestDefaults.HealthInterval,
            health.Value(
                "startup",
                Durations.Between(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
                ManifestDefaults.HealthStartup
            )
        );

    public static HealthDraft ReadLiveness(Fields liveness) =>
        Read(liveness, ManifestDefaults.LivenessInterval, startup: TimeSpan.Zero);

    public HealthCheck? ToCheck() =>
        IsThere
            ? new HealthCheck
            {
                Path = Path ?? "",
                Question = ToQuestion(),
                Interval = Draft.Known(Interval),
                Timeout = Draft.Known(Timeout),
                UnhealthyAfter = Draft.Known(UnhealthyAfter),
                Startup = Draft.Known(Startup),
            }
            : null;

    private HealthQuestion? ToQuestion() =>
        Asks switch
        {
            ["tcp"] => new HealthQuestion.Tcp(),
            ["exec"] => new HealthQuestion.Exec(Exec),
            ["grpc"] => new HealthQuestion.Grpc(Grpc ?? ""),
            _ => null,
        };

    private static HealthDraft Read(Fields check, TimeSpan interval, TimeSpan? startup) =>
        new()
        {
            IsThere = check.AreThere,
            Asks = [.. Kinds.Where(check.Have)],
            Path = check.Text<string>("path", (text, _) => text),
            Tcp = check.Flag("tcp", fallback: false),
            Exec = check.Texts("exec"),
            Grpc = check.Text<string>("grpc", (text, _) => text),
            Interval = check.Value(
                "interval",
                Durations.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
                interval
            ),
            Timeout = check.Value(
                "timeout",
                Durations.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
                ManifestDefaults.HealthTimeout
            ),
            UnhealthyAfter = check.Whole("unhealthyAfter", ManifestDefaults.UnhealthyAfter),
            Startup = startup,
        };
}
