using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// What services need of each other at a stage. Whatever may run there together must suit: while a version is exchanged,
/// both of it, so that its way back is open as well.
/// </summary>
internal static class Dependencies
{
    /// <summary>What the rollout waits for before anything of it runs at its stage; empty if nothing.</summary>
    public static string Blocker(CellDraft draft, Rollout rollout) =>
        RolloutMachine.Underlying(rollout.Phase) is RolloutPhase.Planned
            ? Needs(draft, rollout) ?? Conflict(draft, rollout.Service, rollout.To, rollout.Stage.Name) ?? ""
            : "";

    /// <summary>Who runs at the stage and would not suit the version of the service; null if all do.</summary>
    public static string? Conflict(CellDraft draft, ServiceName service, SemanticVersion version, StageName stage) =>
        Conflicts(draft, service, version, stage)
            .Select(each =>
                $"{each.Dependent} {each.Running} runs at {stage} and needs {service} {each.Needed}, which {version} is not"
            )
            .FirstOrDefault();

    /// <summary>Services that run at the stage in a version that would not suit.</summary>
    public static IEnumerable<ServiceName> Unsuited(
        CellDraft draft,
        ServiceName service,
        SemanticVersion version,
        StageName stage
    ) => Conflicts(draft, service, version, stage).Select(each => each.Dependent).Distinct();

    private static IEnumerable<(ServiceName Dependent, SemanticVersion Running, string Needed)> Conflicts(
        CellDraft draft,
        ServiceName service,
        SemanticVersion version,
        StageName stage
    ) =>
        from dependent in draft.DependentsOf(service)
        from running in RunningAt(draft, dependent, stage)
        let needed = draft
            .Versions[new VersionKey(dependent, running)]
            .Dependencies.FirstOrDefault(each => each.Service == service)
        where needed is not null && !needed.Range.Contains(version)
        select (dependent, running, needed.Range.Text);

    private static string? Needs(CellDraft draft, Rollout rollout)
    {
        var stage = rollout.Stage.Name;
        foreach (var dependency in draft.Versions[new VersionKey(rollout.Service, rollout.To)].Dependencies)
        {
            var running = RunningAt(draft, dependency.Service, stage).ToList();
            var wrong = running.Find(version => !dependency.Range.Contains(version));
            if (wrong is not null || running.Count == 0)
            {
                var there = wrong is null ? "none runs yet" : $"{wrong} runs";
                return $"needs {dependency.Service} {dependency.Range.Text} at {stage}, where {there}";
            }
        }

        return null;
    }

    /// <summary>The version that succeeded there last, and both of one that is exchanged.</summary>
    private static IEnumerable<SemanticVersion> RunningAt(CellDraft draft, ServiceName service, StageName stage)
    {
        var key = new DeploymentKey(service, stage);
        var current = draft.Deployments.Find(key)?.Current;
        var exchanged = draft.RolloutAt(key) is { } rollout && !RolloutMachine.IsWaiting(rollout) ? rollout.To : null;
        return new[] { current, exchanged }.OfType<SemanticVersion>().Distinct();
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
