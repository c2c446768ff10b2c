using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Storage;

/// <summary>Puts rollouts together again, which are stored without what was seen of their canaries but the newest of it.</summary>
internal static class StoredRollouts
{
    public static async Task<IEnumerable<Rollout>> ReadAsync(
        Session session,
        string cell,
        CancellationToken cancellationToken
    )
    {
        const string rollouts = """
            select evidence_pages as Pages, body as Body from rollout where cell = @cell
            """;
        const string pages = """
            select page.rollout as Rollout, page.body as Body
            from evidence_page page
            join rollout on rollout.cell = page.cell and rollout.id = page.rollout
            where page.cell = @cell and page.number < rollout.evidence_pages
            order by page.rollout, page.number
            """;
        var observed = (await session.QueryAsync<PageRow>(pages, new { cell }, cancellationToken)).ToLookup(
            row => RolloutId.Parse(row.Rollout),
            row => StoredJson.Deserialize<ImmutableArray<MetricObservation>>(row.Body)
        );
        var rows = await session.QueryAsync<RolloutRow>(rollouts, new { cell }, cancellationToken);
        return rows.AsParallel()
            .Select(row =>
            {
                var rollout = StoredJson.Deserialize<Rollout>(row.Body);
                return row.Pages == 0
                    ? rollout
                    : rollout with
                    {
                        Evidence = rollout.Evidence?.After([.. observed[rollout.Id].SelectMany(page => page)]),
                    };
            });
    }

    private sealed record RolloutRow(long Pages, string Body);

    private sealed record PageRow(string Rollout, string Body);
}
