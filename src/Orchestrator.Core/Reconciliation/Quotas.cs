using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>How many instances a team's quota still has room for, and in which words it is said that there is none.</summary>
internal static class Quotas
{
    /// <summary>Null where the service's owner has no quota.</summary>
    public static Team? TeamOf(CellDraft draft, ServiceName service) =>
        draft.Services.Find(service) is { } owned ? draft.Teams.Find(owned.Team) : null;

    /// <summary>How many more with this demand; <see cref="int.MaxValue"/> without a limit, 0 above one.</summary>
    public static int Room(QuotaSums sums, Team? team, Resources demand)
    {
        if (team is null)
        {
            return int.MaxValue;
        }

        var room = (long)int.MaxValue;
        foreach (var limit in team.Quota)
        {
            var amount = QuotaResources.AmountOf(limit.Resource, demand);
            if (amount > 0)
            {
                room = Math.Min(room, Math.Max(0, limit.Most - sums.Used(team.Name, limit.Resource)) / amount);
            }
        }

        return (int)room;
    }

    /// <summary>Why there is no room for so many more; only when there is none.</summary>
    public static string Refusal(QuotaSums sums, Team team, Resources demand, int instances)
    {
        var full = team.Quota.First(limit =>
            sums.Used(team.Name, limit.Resource) + (instances * QuotaResources.AmountOf(limit.Resource, demand))
            > limit.Most
        );
        var used = sums.Used(team.Name, full.Resource);
        var more = instances * QuotaResources.AmountOf(full.Resource, demand);
        var taking = instances == 1 ? "one more takes" : $"{Text(instances)} more take";
        var rest = full.Resource == QuotaResource.Instances ? "exist" : $"are taken, and {taking} {Text(more)}";
        return $"team {team.Name}'s quota allows {Text(full.Most)} {QuotaResources.UnitOf(full.Resource)} and {Text(used)} {rest}; raise spec.quota.{QuotaResources.FieldOf(full.Resource)} of Team {team.Name}, or run fewer";
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
