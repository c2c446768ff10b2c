using Orchestrator.Core.Catalog;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Versions that shall not travel any more.</summary>
internal static class Yanking
{
    public static CellAnswer Yank(CellDraft draft, CellInput.YankVersion asked, DateTimeOffset now)
    {
        if (!draft.Versions.TryGet(new VersionKey(asked.Service, asked.Version), out var version))
        {
            return VersionUnknown(asked.Service, asked.Version);
        }

        var subject = $"{asked.Service}/{asked.Version}";
        if (version.Yanked is not null == asked.IsYanked)
        {
            return new CellAnswer.Accepted(
                subject,
                $"{subject} is {(asked.IsYanked ? "yanked already" : "not yanked")}."
            );
        }

        draft.Put(version with { Yanked = asked.IsYanked ? new Yank(asked.Actor, asked.Reason, now) : null });
        draft.Record(now, asked.Actor, asked.IsYanked ? "version.yanked" : "version.unyanked", subject, asked.Reason);
        if (!asked.IsYanked)
        {
            return new CellAnswer.Accepted(subject, $"{subject} may travel again.");
        }

        var (left, running) = (CancelSealed(draft, version, asked, now), Whereabouts(draft, version));
        return new CellAnswer.Accepted(
            subject,
            $"{subject} is yanked: no train takes it along, and nobody goes back to it.{left}{running}"
        );
    }

    public static CellAnswer.Refused VersionUnknown(ServiceName service, SemanticVersion number) =>
        new(
            RefusalKind.NotFound,
            "version_unknown",
            $"{service} {number} is not published.",
            $"See the versions: orc get versions {service}"
        );

    private static string CancelSealed(
        CellDraft draft,
        ServiceVersion version,
        CellInput.YankVersion asked,
        DateTimeOffset now
    )
    {
        var notes = new List<string>();
        var carrying = draft
            .OpenTrainsWith(version.Service)
            .Where(train => train.CarriedOf(version.Service) == version.Number)
            .ToList();
        foreach (var train in carrying)
        {
            if (train.Phase is TrainPhase.Sealed)
            {
                var reason = $"{version.Number} was yanked: {asked.Reason}";
                TrainJourney.End(draft, train, new TrainPhase.Cancelled(reason), asked.Actor, reason, now);
                notes.Add($" {train.Id}, which carried it, is cancelled.");
            }
            else
            {
                notes.Add($" {train.Id} is under way with it: orc train recall {train.Id}.");
            }
        }

        return string.Concat(notes);
    }

    /// <summary>What runs stays: taking it away is another decision.</summary>
    private static string Whereabouts(CellDraft draft, ServiceVersion version)
    {
        var stages = draft
            .Deployments.Rows.Where(deployment =>
                deployment.Service == version.Service && deployment.Current == version.Number
            )
            .Select(deployment => deployment.Stage.Value)
            .ToList();
        return stages.Count == 0 ? "" : $" It runs on at {string.Join(", ", stages)}.";
    }
}
