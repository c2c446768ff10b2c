using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Translation;

/// <summary>From what an agent reports to what Core decides on. An agent may be old, broken or hostile: nothing is taken on trust.</summary>
internal static class HostReports
{
    /// <summary>More than any machine has: 10,000 cores and 256 TiB. Beyond it sums over a fleet could overflow.</summary>
    private const int MaxCpuMillicores = 10_000_000;
    private const int MaxMemoryMebibytes = 256 * 1024 * 1024;

    /// <summary>Ten times what a large machine runs. Bounds what one report can make the cell hold.</summary>
    private const int MaxInstances = 5_000;
    private const int MaxLabels = 100;

    /// <summary>What the wire says of exit codes.</summary>
    private const int UnknownExit = -1;
    private const int MaxExit = 255;

    /// <summary>Texts are shown to people and stored with every change: longer ones are refused, reasons are cut.</summary>
    private const int MaxTextLength = 500;

    public static bool TryParse(
        HostReport report,
        [NotNullWhen(true)] out CellInput.HostReported? reported,
        out string problem
    )
    {
        reported = null;
        problem = ProblemOf(report);
        if (problem.Length > 0 || !HostId.TryParse(report.HostId, out var host))
        {
            return false;
        }

        var instances = ImmutableArray.CreateBuilder<ReportedInstance>(report.Instances.Count);
        var seen = new HashSet<InstanceId>(report.Instances.Count);
        foreach (var status in report.Instances)
        {
            problem = ProblemOf(status);
            if (problem.Length > 0 || !InstanceId.TryParse(status.InstanceId, out var id))
            {
                return false;
            }

            if (!seen.Add(id))
            {
                problem = $"instance '{id}' is reported twice";
                return false;
            }

            instances.Add(new ReportedInstance(id, status.Generation, Observe(status)) { Exit = ExitOf(status) });
        }

        reported = new CellInput.HostReported(From(report, host, instances.ToImmutable()));
        return true;
    }

    private static ReportedHost From(HostReport report, HostId host, ImmutableArray<ReportedInstance> instances) =>
        new()
        {
            Id = host,
            Session = report.AgentSession,
            Sequence = report.Sequence,
            Epoch = report.Epoch,
            Revision = report.Revision,
            Digest = report.Digest,
            Capacity = ReportedCapacity.Of(report.Facts),
            Runtime = report.Facts.Runtime,
            AgentVersion = report.Facts.AgentVersion,
            Labels = report.Facts.Labels.ToImmutableSortedDictionary(StringComparer.Ordinal),
            SecretsKey = report.Facts.SecretsKey,
            Images = ReportedImages.Of(report.Images),
            Instances = instances,
        };

    private static Observation Observe(InstanceStatus status) =>
        new(
            status.State switch
            {
                InstanceState.Starting => ObservedState.Starting,
                InstanceState.Ready => ObservedState.Ready,
                InstanceState.NotReady => ObservedState.NotReady,
                InstanceState.Backoff => ObservedState.Backoff,
                InstanceState.Stopping => ObservedState.Stopping,
                InstanceState.Exited => ObservedState.Exited,
                _ => ObservedState.Unknown, // A newer agent's word; not ready is the careful reading.
            },
            status.Address,
            status.Restarts,
            status.Reason.Length > MaxTextLength ? status.Reason[..MaxTextLength] : status.Reason
        );

    /// <summary>An exit counts only where the state says the same.</summary>
    private static Core.Fleet.InstanceExit? ExitOf(InstanceStatus status) =>
        status is { State: InstanceState.Exited, Exit: { } exit }
            ? new Core.Fleet.InstanceExit(exit.Code, exit.At)
            : null;

    /// <summary>Empty when there is none. A deserialized message may hold null where the type says otherwise.</summary>
    private static string ProblemOf(HostReport report)
    {
        if (!HostId.TryParse(report.HostId, out _))
        {
            return $"'{Shown(report.HostId)}' is not a host id";
        }

        if (!IsText(report.AgentSession) || !IsText(report.Digest))
        {
            return "session or digest is missing or too long";
        }

        if (report.Sequence < 0 || report.Epoch < 0 || report.Revision < 0)
        {
            return "sequence, epoch or revision is negative";
        }

        if (report.Instances is null || report.Instances.Count > MaxInstances)
        {
            return $"instances are missing or more than {MaxInstances}";
        }

        if (ReportedImages.ProblemOf(report.Images) is { Length: > 0 } problem)
        {
            return problem;
        }

        return report.Facts is null ? "facts are missing" : ProblemOf(report.Facts);
    }

    private static string ProblemOf(HostFacts facts)
    {
        if (facts.CpuMillicores is < 0 or > MaxCpuMillicores || facts.MemoryMebibytes is < 0 or > MaxMemoryMebibytes)
        {
            return $"capacity of {facts.CpuMillicores} millicores and {facts.MemoryMebibytes} MiB is out of range";
        }

        if (ReportedCapacity.ProblemOf(facts) is { Length: > 0 } problem)
        {
            return problem;
        }

        if (facts.SecretsKey is { } key && !IsText(key))
        {
            return "the key for secrets is too long";
        }

        if (!IsText(facts.Runtime) || !IsText(facts.AgentVersion))
        {
            return "runtime or agent version is missing or too long";
        }

        return
            facts.Labels is null
            || facts.Labels.Count > MaxLabels
            || facts.Labels.Any(label => !IsText(label.Key) || !IsText(label.Value))
            ? $"labels are missing, too long or more than {MaxLabels}"
            : "";
    }

    private static string ProblemOf(InstanceStatus status)
    {
        if (!InstanceId.TryParse(status?.InstanceId, out _))
        {
            return $"'{Shown(status?.InstanceId)}' is not an instance id";
        }

        if (status!.Exit is { Code: < UnknownExit or > MaxExit })
        {
            return $"instance '{status.InstanceId}' exited with {status.Exit.Code}, which is no exit code";
        }

        return status.Generation < 0 || status.Restarts < 0 || !IsText(status.Address) || status.Reason is null
            ? $"instance '{status.InstanceId}' has a negative count, or lacks a text"
            : "";
    }

    private static bool IsText(string? text) => text is { Length: <= MaxTextLength };

    private static string Shown(string? text) =>
        text is { Length: > Identifier.MaxNameLength } ? text[..Identifier.MaxNameLength] + "…" : text ?? "";
}
