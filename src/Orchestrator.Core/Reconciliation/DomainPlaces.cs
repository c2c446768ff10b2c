using Orchestrator.Core.Placement;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// In which domains a version has fewer instances than were there when its rollout began: the next ones go there as long
/// as there is room, or a stage would drift from one domain to another with every rollout.
/// </summary>
internal sealed class DomainPlaces
{
    private readonly Queue<(HostConstraint Within, int Lacking)> _lacking;
    private readonly Func<HostConstraint?, PlacementSpec> _specOf;
    private int _placed;

    /// <param name="specOf">What is placed, within a domain; anywhere for null.</param>
    public DomainPlaces(
        CellDraft draft,
        DeploymentKey key,
        SemanticVersion version,
        Func<HostConstraint?, PlacementSpec> specOf
    )
    {
        _specOf = specOf;
        _lacking = new Queue<(HostConstraint Within, int Lacking)>(Lacking(draft, key, version));
        Anywhere = specOf(StageDomains.Confinement(draft, key, version));
    }

    /// <summary>Wherever the version may be now.</summary>
    public PlacementSpec Anywhere { get; }

    public PlacementChoice Choose(PlacementFleet fleet, Span<int> refusals)
    {
        while (_lacking.TryPeek(out var domain))
        {
            if (_placed < domain.Lacking && fleet.Choose(_specOf(domain.Within), refusals) is { IsFound: true } choice)
            {
                _placed++;
                return choice;
            }

            _lacking.Dequeue();
            _placed = 0;
        }

        return fleet.Choose(Anywhere, refusals);
    }

    private static IEnumerable<(HostConstraint Within, int Lacking)> Lacking(
        CellDraft draft,
        DeploymentKey key,
        SemanticVersion version
    )
    {
        if (
            draft.RolloutAt(key) is not { Domains.IsEmpty: false } rollout
            || RolloutDomains.PolicyOf(rollout) is not { } policy
        )
        {
            yield break;
        }

        var confinement = StageDomains.Confinement(draft, key, version);
        var there = StageDomains.Of(draft, key, rollout.Stage, version);
        foreach (var domain in rollout.Domains)
        {
            var lacking = domain.Instances - (there.FirstOrDefault(each => each.Name == domain.Name)?.Instances ?? 0);
            var name = domain.Name.Length == 0 ? null : domain.Name;
            if (lacking > 0 && (confinement?.Admits(name) ?? true))
            {
                yield return (StageDomains.Within(policy, [domain]), lacking);
            }
        }
    }
}
