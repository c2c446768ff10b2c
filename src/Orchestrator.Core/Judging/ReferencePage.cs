using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>Some minutes of an A/A phase, oldest first, as they are stored.</summary>
/// <param name="Number">Counts a stage's from 0.</param>
/// <param name="Errors">Counts, with the first half of the instances as canary.</param>
/// <param name="Latencies">Histograms likewise; empty where latency is not judged.</param>
public sealed record ReferencePage(
    long Number,
    ImmutableArray<MetricSample> Errors,
    ImmutableArray<MetricSample> Latencies
)
{
    /// <summary>Among <see cref="ReferenceTraffic.Pages"/>: the page takes the place of what is too old by then.</summary>
    public int Slot => (int)(Number % ReferenceTraffic.Pages);
}
