using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Makes room for instances that find none, by draining those of strictly lower priority. Who waits for room claims it for
/// the rest of the decision, so that nobody of lower priority takes it; the next decision finds the claims anew.
/// </summary>
internal sealed class Preempting(CellDraft draft, DeploymentKey key, PlacementSpec spec, DateTimeOffset now)
{
    /// <summary>So that a decision stays short; who is left waits for the next.</summary>
    private const int MaxPerDecision = 4_096;

    /// <summary>So that a reason stays readable.</summary>
    private const int MaxHostsTold = 3;

    private const string Separator = "; ";

    /// <summary>A search looks at every instance there is: where it found nothing, not each decision makes another.</summary>
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(5);

    private readonly int _priority = PriorityOf(draft, key.Service);
    private readonly Dictionary<PlacementGroup, int> _spare = [];

    /// <summary>Of a service that is not declared, the default.</summary>
    public static int PriorityOf(CellDraft draft, ServiceName service) =>
        draft.Services.Find(service)?.Priority ?? Service.DefaultPriority;

    /// <summary>Gives back what was claimed: the room is not taken before who leaves is gone.</summary>
    public static void Unclaim(CellDraft draft)
    {
        foreach (var (host, claiming) in draft.Claims)
        {
            draft.Fleet.Take(host, default(Resources) - claiming.Request.Demand);
            draft.Fleet.Count(host, claiming.Group, more: -1);
        }

        draft.Claims.Clear();
    }

    /// <summary>Says how it went, for people; empty when there is nobody of lower priority at all.</summary>
    public string MakeRoom(int missing)
    {
        if (!HasLower)
        {
            return "";
        }

        if (draft.PreemptedInVain.TryGetValue(key, out var vain) && now < vain.Until)
        {
            return vain.Told;
        }

        var search = NewSearch();
        var hosts = new List<HostId>();
        while (hosts.Count < missing && draft.Claims.Count < MaxPerDecision && search.Best() is { } found)
        {
            Stop(found);
            Claim(found.Host);
            hosts.Add(found.Host);
            search.Took(found);
        }

        var told = Tell(hosts, missing, search);
        if (hosts.Count == 0)
        {
            draft.PreemptedInVain[key] = (now + TryAgainAfter, told);
        }

        return told;
    }

    /// <summary>Who would have to leave now, for people, or why nobody may; empty when there is nobody of lower priority at all.</summary>
    public string Foretell()
    {
        if (!HasLower)
        {
            return "";
        }

        var search = NewSearch();
        return search.Best() switch
        {
            null => Tell([], missing: 1, search)[Separator.Length..],
            { Victims.IsEmpty: true, Host: var host } => $"what leaves {host} makes room there",
            var found => $"{Names(found)} would have to leave {found.Host}",
        };
    }

    private bool HasLower => draft.Deployments.Keys.Any(each => PriorityOf(draft, each.Service) < _priority);

    private PreemptionSearch NewSearch() => new(draft.Fleet, spec, _priority, OccupantsOn, SpareOf);

    private void Stop(Preemption found)
    {
        foreach (var victim in found.Victims)
        {
            _spare[victim.Group] = SpareOf(victim.Group) - (victim.IsReady ? 1 : 0);
            InstanceReconciler.Drain(
                draft,
                draft.Instances[victim.Id],
                Text(
                    $"preempted by {key.Service}.{key.Stage} (priority {_priority}) which needed {spec.Request.Demand.CpuMillicores} millicores and {spec.Request.Demand.MemoryMebibytes} MiB on {found.Host}"
                ),
                now
            );
        }

        if (!found.Victims.IsEmpty)
        {
            draft.Record(
                now,
                CellMachine.Conductor,
                "instance.preempting",
                $"{key.Service}.{key.Stage}",
                Text($"priority {_priority}, waits for room on {found.Host}, which {Names(found)} leaves")
            );
        }
    }

    private void Claim(HostId host)
    {
        draft.Fleet.Take(host, spec.Request.Demand);
        draft.Fleet.Count(host, spec.Group, more: 1);
        draft.Claims.Add((host, spec));
    }

    private List<Occupant> OccupantsOn(HostId host) =>
        [
            .. draft
                .InstancesOn(host)
                .Select(instance => new Occupant(
                    instance.Id,
                    new PlacementGroup(instance.Service, instance.Stage),
                    PriorityOf(draft, instance.Service),
                    instance.Demand,
                    instance.PlacedAt,
                    instance.IsReady,
                    IsLeaving: instance.Phase is not InstancePhase.Active
                )),
        ];

    /// <summary>Ready instances above the floor, without those that reconciliation is about to stop itself.</summary>
    private int SpareOf(PlacementGroup group)
    {
        if (!_spare.TryGetValue(group, out var spare))
        {
            _spare[group] = spare = CountSpare(new DeploymentKey(group.Service, group.Stage));
        }

        return spare;
    }

    private int CountSpare(DeploymentKey victim)
    {
        var ready = 0;
        var active = new Dictionary<SemanticVersion, int>();
        foreach (var block in draft.Instances.BlocksOf(victim))
        {
            foreach (ref readonly var row in block.Rows)
            {
                ready += row.IsReady ? 1 : 0;
                active[row.Make.Version] =
                    active.GetValueOrDefault(row.Make.Version) + (row.Phase is InstancePhase.Active ? 1 : 0);
            }
        }

        var targets = draft.Deployments.Find(victim)?.Targets ?? [];
        var leaving = active.Sum(of =>
            Math.Max(0, of.Value - targets.Where(each => each.Version == of.Key).Sum(each => each.Count))
        );
        var stage = draft.StageOf(victim);
        var floor = stage is null ? targets.Sum(each => each.Count) : stage.Count - stage.Strategy.MaxUnavailable;
        return ready - leaving - floor;
    }

    private static string Tell(List<HostId> hosts, int missing, PreemptionSearch search)
    {
        var told = string.Join(", ", hosts.Take(MaxHostsTold));
        var more = hosts.Count > MaxHostsTold ? Text($" and {hosts.Count - MaxHostsTold} more") : "";
        var waits = hosts.Count == 0 ? "" : $"{Separator}waits for room on {told}{more}";
        if (hosts.Count == missing)
        {
            return waits;
        }

        var floors = search
            .BelowFloor()
            .Select(floor =>
                Text(
                    $"{floor.Value} {(floor.Value == 1 ? "host" : "hosts")} could be freed only below the floor of {floor.Key}"
                )
            )
            .ToList();
        var other = hosts.Count == 0 ? "" : "other ";
        return floors.Count == 0
            ? $"{waits}{Separator}stopping lower priorities frees no {other}host"
            : $"{waits}{Separator}{string.Join(", ", floors)}";
    }

    private static string Names(Preemption found) =>
        string.Join(", ", found.Victims.Select(each => Text($"{each.Id} (priority {each.Priority})")));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
