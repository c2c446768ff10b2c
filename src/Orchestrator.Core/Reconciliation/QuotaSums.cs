using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// What the instances of each team take, as running sums. Instances that end count until they are gone; those of a lost
/// host do not, or nothing could take their place.
/// </summary>
internal sealed class QuotaSums
{
    private readonly Dictionary<ServiceName, TeamName> _owners = [];
    private readonly Dictionary<ServiceName, long[]> _byService = [];
    private readonly Dictionary<TeamName, long[]> _byTeam = [];

    /// <summary>Before any instance.</summary>
    public static QuotaSums For(IEnumerable<Service> services)
    {
        var sums = new QuotaSums();
        foreach (var service in services)
        {
            sums.Own(service.Name, service.Team);
        }

        return sums;
    }

    /// <summary>A service that changes hands takes along what its instances take.</summary>
    public void Own(ServiceName service, TeamName team)
    {
        if (_owners.TryGetValue(service, out var before) && before != team)
        {
            Add(_byTeam, before, _byService.GetValueOrDefault(service), sign: -1);
            Add(_byTeam, team, _byService.GetValueOrDefault(service), sign: 1);
        }

        _owners[service] = team;
    }

    /// <param name="before">Null for one that is new.</param>
    /// <param name="after">Null for one that is gone.</param>
    public void Change(Instance? before, Instance? after)
    {
        var sign = (Counts(after) ? 1 : 0) - (Counts(before) ? 1 : 0);
        if (sign == 0 || (after ?? before) is not { } instance)
        {
            return;
        }

        Span<long> amounts = stackalloc long[QuotaResources.Count];
        for (var resource = 0; resource < amounts.Length; resource++)
        {
            amounts[resource] = QuotaResources.AmountOf((QuotaResource)resource, instance.Demand);
        }

        Add(_byService, instance.Service, amounts, sign);
        if (_owners.TryGetValue(instance.Service, out var team))
        {
            Add(_byTeam, team, amounts, sign);
        }
    }

    public long Used(TeamName team, QuotaResource resource) =>
        _byTeam.TryGetValue(team, out var sums) ? sums[(int)resource] : 0;

    private static bool Counts(Instance? instance) => instance is { Phase: not InstancePhase.Lost };

    private static void Add<TKey>(Dictionary<TKey, long[]> sums, TKey key, ReadOnlySpan<long> amounts, int sign)
        where TKey : notnull
    {
        if (!sums.TryGetValue(key, out var sum))
        {
            sums[key] = sum = new long[QuotaResources.Count];
        }

        for (var resource = 0; resource < amounts.Length; resource++)
        {
            sum[resource] += sign * amounts[resource];
        }
    }
}
