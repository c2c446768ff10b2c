using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Storage;

/// <summary>
/// What was measured between rollouts. Only who leads needs it, and all of it takes some hundred kilobytes for each stage: so it
/// is no part of a cell, and is read stage by stage.
/// </summary>
public static class ReferencePages
{
    /// <summary>Each stage's, in any order. One stage's at a time are in memory.</summary>
    public static async IAsyncEnumerable<ImmutableArray<KeptReference>> ReadAsync(
        Database database,
        string cell,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        const string stages = """
            select distinct service as Service, stage as Stage from reference_page where cell = @cell
            """;
        const string pages = """
            select body from reference_page where cell = @cell and service = @service and stage = @stage
            """;
        await using var session = await database.ReadAsync(cancellationToken);
        foreach (var (service, stage) in await session.QueryAsync<Row>(stages, new { cell }, cancellationToken))
        {
            var bodies = await session.QueryAsync<string>(
                pages,
                new
                {
                    cell,
                    service,
                    stage,
                },
                cancellationToken
            );
            yield return [.. bodies.Select(StoredJson.Deserialize<KeptReference>)];
        }
    }

    private sealed record Row(string Service, string Stage);
}
