using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>The waves that a promotion will have, as far as it can be seen from where instances are now.</summary>
/// <param name="Instances">That each wave exchanges.</param>
/// <param name="Soak">Between all of them together.</param>
/// <param name="Text">For people, behind how many instances there are; empty for a single wave.</param>
internal sealed record WaveForecast(ImmutableArray<int> Instances, TimeSpan Soak, string Text)
{
    public static WaveForecast Of(Cell cell, ServiceName service, Stage stage, bool isFirst) =>
        (isFirst ? null : stage.Strategy.Exchange as Exchange.Rolling) switch
        {
            { Waves: { } waves } => ByShare(waves, stage.Count),
            { Domains: var policy } => ByDomain(
                policy,
                DomainsOf(cell, service, stage.Name, policy.Label),
                stage.Count
            ),
            null => AllAtOnce(stage.Count),
        };

    private static WaveForecast ByShare(Waves waves, int count)
    {
        var goals = waves.Percents.Select((_, wave) => waves.GoalOf(count, wave)).ToList();
        return new WaveForecast(
            [.. goals.Select((goal, wave) => goal - (wave == 0 ? 0 : goals[wave - 1]))],
            waves.Soak * (goals.Count - 1),
            $", in waves of {string.Join(", ", waves.Percents)} % with {Seconds(waves.Soak)} between them"
        );
    }

    private static WaveForecast ByDomain(DomainWaves policy, IReadOnlyCollection<DomainShare> domains, int count)
    {
        var waves = RolloutDomains.InWaves(policy, RolloutDomains.Ordered(policy, domains));
        if (waves.Length < 2)
        {
            return AllAtOnce(count);
        }

        var names = waves.Select(wave => string.Join(" and ", wave.Select(RolloutWaves.NameOf)));
        var soak = policy.Soak == TimeSpan.Zero ? "" : $" with {Seconds(policy.Soak)} between them";
        return new WaveForecast(
            [.. waves.Select(wave => wave.Sum(domain => domain.Instances))],
            policy.Soak * (waves.Length - 1),
            $", one {policy.Label} after the other: {string.Join(", ", names)}{soak}"
        );
    }

    private static WaveForecast AllAtOnce(int count) => new([count], TimeSpan.Zero, Text: "");

    private static ImmutableArray<DomainShare> DomainsOf(
        Cell cell,
        ServiceName service,
        StageName stage,
        string label
    ) =>
        DomainShare.Count(
            cell.Instances.Of(new DeploymentKey(service, stage))
                .Where(instance => instance.Phase is InstancePhase.Active)
                .Select(instance => cell.Hosts[instance.Host].Labels.GetValueOrDefault(label, ""))
        );

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
