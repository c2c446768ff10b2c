using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Keeps versions apart where the stage recreates. It is the placing that waits, not the rollout: so a rollout that is paused
/// or halted in between does not leave the stage without any instance.
/// </summary>
internal static class Recreation
{
    public static bool IsAt(CellDraft draft, DeploymentKey key) =>
        StageBounds.StageOf(draft, key)?.Strategy.Exchange is Exchange.Recreate;

    /// <summary>How many of the version may exist beside what does, those that end counted.</summary>
    public static int Room(CellDraft draft, DeploymentKey key, VersionTarget target)
    {
        if (!IsAt(draft, key))
        {
            return int.MaxValue;
        }

        var room = target.Count;
        foreach (var block in draft.Instances.BlocksOf(key))
        {
            foreach (ref readonly var row in block.Rows)
            {
                if (!StageFleets.Exists(draft, row))
                {
                    continue; // Of a lost host nobody knows, and the service cannot wait for it for ever.
                }

                if (row.Make.Version != target.Version)
                {
                    return 0;
                }

                room--;
            }
        }

        return Math.Max(0, room);
    }
}
