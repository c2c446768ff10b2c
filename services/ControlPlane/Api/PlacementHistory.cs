using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Finds what the journal says of an instance's placement.</summary>
internal static class PlacementHistory
{
    /// <summary>No cell ever decides so much; it bounds the search to forty rows.</summary>
    private const long MaxSequence = 1L << 40;

    private const int PageSize = 500;

    /// <summary>One decision may place on thousands of deployments, each with an entry; who looks further finds it in the journal.</summary>
    private const int MaxPages = 40;

    /// <summary>The journal keeps whole microseconds.</summary>
    private static readonly TimeSpan Precision = TimeSpan.FromMilliseconds(1);

    /// <summary>Null if the journal says nothing of it near the time.</summary>
    public static async Task<JournalEntry?> FindAsync(
        Database database,
        string cell,
        Instance instance,
        CancellationToken cancellationToken
    )
    {
        var (from, until) = (instance.PlacedAt - Precision, instance.PlacedAt + Precision);
        var after = await LastBeforeAsync(database, cell, from, cancellationToken);
        for (var page = 0; page < MaxPages; page++)
        {
            var entries = await Journal.ReadAsync(database, cell, after, PageSize, cancellationToken);
            var told = entries.FirstOrDefault(each => CellExplainer.TellsOfPlacement(each.Entry, instance.Id));
            if (told is not null || entries.Length < PageSize || entries[^1].Entry.At > until)
            {
                return told?.Entry;
            }

            after = entries[^1].Sequence;
        }

        return null;
    }

    /// <summary>Times never fall as sequences rise, so halving finds the last entry before a time; 0 when there is none.</summary>
    private static async Task<long> LastBeforeAsync(
        Database database,
        string cell,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        var (low, high) = (0L, MaxSequence);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var next = await Journal.ReadAsync(database, cell, middle, limit: 1, cancellationToken);
            if (next.Length > 0 && next[0].Entry.At < at)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
