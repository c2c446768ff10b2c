using System.Collections.Immutable;

namespace Orchestrator.Samples.Load;

/// <summary>What to ask for, how often and for how long; without a duration until SIGTERM.</summary>
internal sealed record LoadSettings
{
    /// <summary>Taken in turn.</summary>
    public required ImmutableArray<Uri> Targets { get; init; }

    /// <summary>Over all targets together.</summary>
    public required double RequestsPerSecond { get; init; }

    public required TimeSpan? Duration { get; init; }

    public required string? ReportFile { get; init; }

    /// <summary>Where <c>/stats</c> is served; absent: nowhere.</summary>
    public required int? Port { get; init; }
}
