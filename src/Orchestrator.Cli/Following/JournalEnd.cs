using Orchestrator.Cli.Api;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Finds the last entry of the journal, which the API reads only forwards: sequence numbers have no gaps, so halving finds it.</summary>
internal static class JournalEnd
{
    private const long FirstProbe = 1_024;

    /// <summary>Doubling reaches a million million entries; more would mean that the answers are wrong.</summary>
    private const int MaxDoublings = 30;

    /// <summary>0 when the journal is empty.</summary>
    public static async Task<long> FindAsync(ApiClient api, CancellationToken cancellationToken)
    {
        var (low, high) = (0L, FirstProbe); // The last one lies from low up to, if a probe said so, high.
        for (
            var doubling = 0;
            doubling < MaxDoublings && await IsAnyAfterAsync(api, high, cancellationToken);
            doubling++
        )
        {
            (low, high) = (high, high * 2);
        }

        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = await IsAnyAfterAsync(api, middle, cancellationToken) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    public static Task<Page<JournalView>> ReadAsync(
        ApiClient api,
        long after,
        long? limit,
        CancellationToken cancellationToken
    ) =>
        api.GetAsync(
            Paths.Query(
                Paths.Journal,
                ("after", Paths.Number(after)),
                ("limit", limit is { } count ? Paths.Number(count) : null)
            ),
            CliJson.Default.PageJournalView,
            cancellationToken
        );

    private static async Task<bool> IsAnyAfterAsync(
        ApiClient api,
        long sequence,
        CancellationToken cancellationToken
    ) => (await ReadAsync(api, sequence, limit: 1, cancellationToken)).Items.Count > 0;
}
