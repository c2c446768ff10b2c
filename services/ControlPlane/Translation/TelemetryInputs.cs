using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Translation;

/// <summary>What a telemetry message says to the cell, and how many of its parts were malformed and left out.</summary>
internal sealed record TelemetryInputs(ImmutableArray<CellInput> Inputs, int Malformed)
{
    /// <summary>Bounds what one message can put into the inbox; senders batch a hundred or so.</summary>
    public const int MaxParts = 10_000;

    /// <summary>As for host reports.</summary>
    private const int MaxTextLength = 500;

    /// <summary>What the sender and the link hold back is seconds; an hour is a clock that nobody should judge by.</summary>
    private static readonly TimeSpan MaxInterval = TimeSpan.FromHours(1);

    public static TelemetryInputs From(Telemetry telemetry)
    {
        var parts = (telemetry.Hosts ?? [])
            .Select(Parse)
            .Concat((telemetry.Gateways ?? []).Select(Parse))
            .Concat((telemetry.Traffic ?? []).Select(Parse))
            .Take(MaxParts)
            .ToList();
        var inputs = parts.OfType<CellInput>().ToImmutableArray();
        return new TelemetryInputs(inputs, Malformed: parts.Count - inputs.Length);
    }

    private static CellInput? Parse(HostHeartbeat? heartbeat) =>
        HostId.TryParse(heartbeat?.HostId, out var host)
        && IsText(heartbeat!.AgentSession)
        && IsText(heartbeat.Digest)
        && heartbeat is { Epoch: >= 0, Revision: >= 0 }
            ? new CellInput.HostHeard(
                host,
                heartbeat.AgentSession,
                heartbeat.Epoch,
                heartbeat.Revision,
                heartbeat.Digest
            )
            : null;

    private static CellInput? Parse(GatewayHeartbeat? heartbeat) =>
        GatewayId.TryParse(heartbeat?.GatewayId, out var gateway)
        && IsText(heartbeat!.Session)
        && heartbeat is { Epoch: >= 0, Revision: >= 0, Busy.Count: <= MaxParts }
        && TryParse(heartbeat.Busy, out var busy)
            ? new CellInput.GatewayHeard(gateway, heartbeat.Session, heartbeat.Epoch, heartbeat.Revision, busy.Value)
            : null;

    /// <summary>Whole or not at all: an interval that lacks a version's requests would be judged as if it had none.</summary>
    private static CellInput? Parse(TrafficSamples? samples)
    {
        if (
            !GatewayId.TryParse(samples?.GatewayId, out var gateway)
            || !IsText(samples!.Session)
            || samples.Sequence < 0
            || samples.To < samples.From
            || samples.To - samples.From > MaxInterval
            || samples.Samples is null or { Count: > MaxParts }
        )
        {
            return null;
        }

        var counts = ImmutableArray.CreateBuilder<TrafficCount>(samples.Samples.Count);
        foreach (var sample in samples.Samples)
        {
            if (!TryParse(sample, out var count))
            {
                return null;
            }

            counts.Add(count);
        }

        return new CellInput.TrafficCounted(
            gateway,
            samples.Session,
            samples.Sequence,
            samples.From,
            samples.To,
            counts.ToImmutable()
        );
    }

    private static bool TryParse(TrafficSample? sample, [NotNullWhen(true)] out TrafficCount? count)
    {
        count =
            ServiceName.TryParse(sample?.Service, out var service)
            && StageName.TryParse(sample!.Stage, out var stage)
            && SemanticVersion.TryParse(sample.Version, out var version)
            && sample.Errors >= 0
            && sample.Requests >= sample.Errors
                ? new TrafficCount(service, stage, version, sample.Requests, sample.Errors)
                {
                    Latencies = LatenciesOf(sample.LatencyCounts),
                    Part = PartOf(sample),
                }
                : null;
        return count is not null;
    }

    private static bool TryParse(IReadOnlyList<string> texts, [NotNullWhen(true)] out ImmutableArray<InstanceId>? ids)
    {
        var parsed = ImmutableArray.CreateBuilder<InstanceId>(texts.Count);
        ids = null;
        foreach (var text in texts)
        {
            if (!InstanceId.TryParse(text, out var id))
            {
                return false;
            }

            parsed.Add(id);
        }

        ids = parsed.ToImmutable();
        return true;
    }

    /// <summary>None from a gateway whose buckets are others: there is no telling what they mean.</summary>
    private static ImmutableArray<long> LatenciesOf(IReadOnlyList<long>? counts) =>
        counts is not null && counts.Count == TrafficBucket.LatencyBounds.Length + 1 && counts.All(count => count >= 0)
            ? [.. counts]
            : [];

    private static PartCount? PartOf(TrafficSample sample) =>
        sample.Part is { Errors: >= 0 } part && part.Requests >= part.Errors
            ? new PartCount(part.Requests, part.Errors, LatenciesOf(part.LatencyCounts))
            : null;

    private static bool IsText(string? text) => text is { Length: <= MaxTextLength };
}
