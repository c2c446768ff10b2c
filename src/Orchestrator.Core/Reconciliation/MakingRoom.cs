using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Where nothing may be started beside what runs, a new instance waits until an old one is gone: what that takes by its own
/// settings is no fault of the new one.
/// </summary>
internal static class MakingRoom
{
    /// <summary>The stage as a rollout there goes by it.</summary>
    /// <param name="from">Null where none ran before.</param>
    public static Stage Allow(
        CellDraft draft,
        Stage stage,
        ServiceName service,
        SemanticVersion? from,
        SemanticVersion to
    )
    {
        if (from is null || stage.Strategy.MaxSurge > 0)
        {
            return stage;
        }

        // The way back has the new version to wait for.
        var (old, @new) = (TimeToEnd(draft, service, from), TimeToEnd(draft, service, to));
        var requests = stage.Strategy.Exchange is Exchange.Recreate ? draft.Settings.DrainWithin : TimeSpan.Zero;
        var allowed = stage.Strategy.ReadyWithin + requests + (old > @new ? old : @new);
        return stage with { Strategy = stage.Strategy with { ReadyWithin = allowed } };
    }

    private static TimeSpan TimeToEnd(CellDraft draft, ServiceName service, SemanticVersion version)
    {
        var template = draft.Versions[new VersionKey(service, version)].Template;
        return template.Container.PreStop + template.StopGrace;
    }
}
