using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>How much room a stage needs where: all of it anywhere, or for each of its waves within the wave's domains.</summary>
internal static class SurgeParts
{
    /// <param name="rollout">Null until there is one.</param>
    /// <param name="exchangeable">By host, instances that exist and can be exchanged where they are.</param>
    public static IEnumerable<SurgePart> Of(
        CellDraft draft,
        DeploymentKey key,
        Stage stage,
        SemanticVersion from,
        Rollout? rollout,
        IReadOnlyCollection<HostId> exchangeable
    )
    {
        var policy = stage.Strategy.Exchange.ByDomain();
        var domains = rollout is { Domains.IsEmpty: false }
            ? rollout.Domains
            : RolloutDomains.Ordered(policy, StageDomains.Of(draft, key, stage, from));
        var waves = policy is null ? [] : RolloutDomains.InWaves(policy, domains);
        if (policy is null || waves.Length < 2)
        {
            var missing = stage.Count + stage.Strategy.MaxSurge - exchangeable.Count;
            return [new SurgePart(Confinement: null, Math.Max(0, missing), Math.Max(0, missing))];
        }

        return InWaves(draft, policy, stage, waves, exchangeable);
    }

    private static IEnumerable<SurgePart> InWaves(
        CellDraft draft,
        DomainWaves policy,
        Stage stage,
        ImmutableArray<ImmutableArray<DomainShare>> waves,
        IReadOnlyCollection<HostId> exchangeable
    )
    {
        foreach (var (index, wave) in waves.Index())
        {
            var within = StageDomains.Within(policy, wave);
            var beside = exchangeable.Count(host => StageDomains.IsIn(draft, host, policy.Label, wave));
            var larger = Math.Max(0, wave.Sum(domain => domain.Instances) - beside);

            // In the last wave everything is open: what was kept for those before serves it too.
            var needed = index == waves.Length - 1 ? larger : larger + stage.Strategy.MaxSurge;
            yield return new SurgePart(within, larger + stage.Strategy.MaxSurge, needed);
        }

        var more = Math.Max(0, stage.Count - waves.Sum(wave => wave.Sum(domain => domain.Instances)));
        yield return new SurgePart(Confinement: null, more, more);
    }
}

/// <param name="Confinement">What a host must have; null for any.</param>
/// <param name="Instances">For which room is to be kept; not negative.</param>
/// <param name="Needed">Of them those without which the train must not leave.</param>
internal sealed record SurgePart(HostConstraint? Confinement, int Instances, int Needed);
