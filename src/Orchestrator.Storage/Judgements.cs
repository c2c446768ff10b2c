using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Storage;

/// <summary>Judgements that something followed from, with all that they rest on.</summary>
public static class Judgements
{
    /// <summary>A rollout's, oldest first; empty if nothing was judged.</summary>
    /// <param name="limit">At most so many of the newest.</param>
    public static async Task<ImmutableArray<KeptJudgement>> ReadAsync(
        Database database,
        string cell,
        RolloutId rollout,
        int limit,
        CancellationToken cancellationToken
    )
    {
        const string sql = """
            select number as Number, body as Body from judgement
            where cell = @cell and rollout = @rollout order by number desc limit @limit
            """;
        await using var session = await database.ReadAsync(cancellationToken);
        var rows = await session.QueryAsync<Row>(
            sql,
            new
            {
                cell,
                rollout = rollout.Value,
                limit,
            },
            cancellationToken
        );
        return
        [
            .. rows.Select(row => new KeptJudgement(
                    rollout,
                    (int)row.Number,
                    StoredJson.Deserialize<Judgement>(row.Body)
                ))
                .Reverse(),
        ];
    }

    private sealed record Row(long Number, string Body);
}
