using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Keeps the versions of a stage to their domains while a rollout goes from one to the next.</summary>
internal static class StageDomains
{
    /// <summary>Where a version's instances are, by the label of the stage's waves; empty where it has none by domains.</summary>
    public static ImmutableArray<DomainShare> Of(
        CellDraft draft,
        DeploymentKey key,
        Stage stage,
        SemanticVersion version
    ) =>
        stage.Strategy.Exchange.ByDomain() is { } policy
            ? Count(
                draft,
                policy.Label,
                draft.ActiveOf(key).Where(instance => instance.Version == version).Select(instance => instance.Host)
            )
            : [];

    /// <summary>The rollout's domains with so many as these hosts are; what is new comes last. For what has one a host.</summary>
    public static ImmutableArray<DomainShare> Sized(CellDraft draft, Rollout rollout, IEnumerable<HostId> hosts)
    {
        if (rollout.Domains.IsEmpty || RolloutDomains.PolicyOf(rollout) is not { } policy)
        {
            return rollout.Domains;
        }

        var counts = Count(draft, policy.Label, hosts);
        return
        [
            .. rollout.Domains.Select(domain =>
                counts.FirstOrDefault(each => each.Name == domain.Name) ?? domain with { Instances = 0 }
            ),
            .. counts.Where(each => rollout.Domains.All(domain => domain.Name != each.Name)),
        ];
    }

    /// <summary>How many of the hosts are in each domain.</summary>
    private static ImmutableArray<DomainShare> Count(CellDraft draft, string label, IEnumerable<HostId> hosts) =>
        DomainShare.Count(hosts.Select(host => NameOf(draft, host, label)));

    /// <summary>What a host must have to get an instance of the version now; null where any does.</summary>
    public static HostConstraint? Confinement(CellDraft draft, DeploymentKey key, SemanticVersion version) =>
        draft.RolloutAt(key) is { } rollout && RolloutDomains.OpenAt(rollout) is { } open
            ? Confinement(open, isNew: version == rollout.To)
            : null;

    /// <summary>Whether what is there of the old version goes before what is elsewhere.</summary>
    public static Func<HostId, bool> Turn(CellDraft draft, DeploymentKey key) =>
        draft.RolloutAt(key) is { } rollout && RolloutDomains.OpenAt(rollout) is { } open
            ? host => open.Names.Contains(NameOf(draft, host, open.Label), StringComparer.Ordinal)
            : _ => true;

    public static bool Admits(HostConstraint? confinement, Host host) =>
        confinement?.Admits(host.Labels.GetValueOrDefault(confinement.Attribute)) ?? true;

    public static bool IsIn(CellDraft draft, HostId host, string label, IEnumerable<DomainShare> wave) =>
        wave.Any(domain => domain.Name == NameOf(draft, host, label));

    /// <summary>Hosts without the label, among others, are left out: they come last, when everything is open.</summary>
    public static HostConstraint Within(DomainWaves policy, IReadOnlyList<DomainShare> wave) =>
        wave is [{ Name: "" }]
            ? new HostConstraint.Absent(policy.Label)
            : Confinement(new OpenDomains(policy.Label, [.. wave.Select(domain => domain.Name)]), isNew: true);

    private static HostConstraint Confinement(OpenDomains open, bool isNew) =>
        isNew ? new HostConstraint.OneOf(open.Label, open.Names) : new HostConstraint.NoneOf(open.Label, open.Names);

    private static string NameOf(CellDraft draft, HostId host, string label) =>
        draft.Hosts[host].Labels.GetValueOrDefault(label, "");
}
