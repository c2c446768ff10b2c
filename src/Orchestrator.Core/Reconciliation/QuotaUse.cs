using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What a team's instances take of one resource, and how much they may.</summary>
/// <param name="Most">Null without a limit.</param>
public sealed record QuotaUse(QuotaResource Resource, long Used, long? Most)
{
    /// <summary>By team, every team that owns a service or is declared; one for each resource, in order.</summary>
    public static ImmutableSortedDictionary<TeamName, ImmutableArray<QuotaUse>> Of(Cell cell)
    {
        var sums = QuotaSums.For(cell.Services.Values);
        foreach (var instance in cell.Instances.Values)
        {
            sums.Change(before: null, instance);
        }

        return cell
            .Services.Values.Select(service => service.Team)
            .Concat(cell.Teams.Keys)
            .Distinct()
            .ToImmutableSortedDictionary(
                team => team,
                team => Of(sums, team, cell.Teams.GetValueOrDefault(team)?.Quota ?? [])
            );
    }

    private static ImmutableArray<QuotaUse> Of(QuotaSums sums, TeamName team, ImmutableArray<QuotaLimit> quota) =>
        [
            .. Enum.GetValues<QuotaResource>()
                .Select(resource => new QuotaUse(
                    resource,
                    sums.Used(team, resource),
                    quota.FirstOrDefault(limit => limit.Resource == resource)?.Most
                )),
        ];
}
