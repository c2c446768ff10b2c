using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What services need of each other.</summary>
internal static class Dependencies
{
    /// <summary>What the rollout waits for before anything of it runs at its stage; empty if nothing.</summary>
    public static string Blocker(CellDraft draft, Rollout rollout)
    {
        if (RolloutMachine.Underlying(rollout.Phase) is not RolloutPhase.Planned)
        {
            return "";
        }

        foreach (var dependency in draft.Versions[new VersionKey(rollout.Service, rollout.To)].Dependencies)
        {
            var current = draft.Deployments.Find(new DeploymentKey(dependency.Service, rollout.Stage.Name))?.Current;
            if (current is null || !dependency.Range.Contains(current))
            {
                var there = current is null ? "none runs yet" : $"{current} runs";
                return $"needs {dependency.Service} {dependency.Range.Text} at {rollout.Stage.Name}, where {there}";
            }
        }

        return "";
    }

    /// <summary>Services that depend on themselves through others, as <c>a → b → a</c>; empty if there are none.</summary>
    public static string Cycle(IReadOnlyDictionary<ServiceName, Service> services)
    {
        var finished = new HashSet<ServiceName>();
        foreach (var start in services.Keys.Order())
        {
            var cycle = Walk(services, start, [], finished);
            if (cycle.Length > 0)
            {
                return cycle;
            }
        }

        return "";
    }

    private static string Walk(
        IReadOnlyDictionary<ServiceName, Service> services,
        ServiceName at,
        ImmutableList<ServiceName> path,
        HashSet<ServiceName> finished
    )
    {
        if (path.Contains(at))
        {
            return string.Join(" → ", path.SkipWhile(service => service != at).Append(at));
        }

        if (finished.Contains(at) || !services.TryGetValue(at, out var service))
        {
            return "";
        }

        foreach (var dependency in service.Dependencies)
        {
            var cycle = Walk(services, dependency.Service, path.Add(at), finished);
            if (cycle.Length > 0)
            {
                return cycle;
            }
        }

        finished.Add(at);
        return "";
    }
}
