using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Says, for people, what a draining host waits for.</summary>
public static class DrainExplainer
{
    /// <summary>One sentence for each service at a stage that still has instances on it; empty for a host that does not drain.</summary>
    public static ImmutableArray<string> Waits(Cell cell, Host host)
    {
        if (host.State is not HostState.Draining)
        {
            return [];
        }

        return
        [
            .. cell
                .Instances.Values.Where(instance => instance.Host == host.Id)
                .GroupBy(instance => new DeploymentKey(instance.Service, instance.Stage))
                .OrderBy(group => group.Key)
                .Select(group => Wait(cell, group.Key, [.. group])),
        ];
    }

    private static string Wait(Cell cell, DeploymentKey key, ImmutableArray<Instance> left)
    {
        var active = left.Count(instance => instance.Phase is InstancePhase.Active);
        var unplaced = cell.Deployments.GetValueOrDefault(key)?.Unplaced ?? "";
        var kind = cell.Versions[new VersionKey(key.Service, left[0].Version)].Template.Kind;
        var why = (active, unplaced) switch
        {
            _ when active > 0 && kind is ServiceKind.Daemon => "; a daemon leaves last",
            _ when active > 0 && kind is ServiceKind.Batch => "; a batch runs to its end, or until the deadline",
            (0, _) => left.Length == 1 ? ", which stops" : ", which stop",
            (_, { Length: > 0 }) => $" and no place for another: {unplaced}",
            _ => "; it moves on when enough others are ready",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{key.Service}.{key.Stage} has {left.Length} {(left.Length == 1 ? "instance" : "instances")} left{why}"
        );
    }
}
