using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using static Orchestrator.Core.Rollouts.RolloutMachine;

namespace Orchestrator.Core.Rollouts;

/// <summary>The domains that a rollout goes through: which are one wave, and how far it has come.</summary>
public static class RolloutDomains
{
    /// <summary>How its stage goes by domains; null where it does not.</summary>
    public static DomainWaves? PolicyOf(Rollout rollout) =>
        rollout.From is null ? null : rollout.Stage.Strategy.Exchange.ByDomain();

    /// <summary>The order in which it goes there: those the policy names, the others by name, the one without a name last.</summary>
    /// <returns>Empty for fewer than two: there is nothing to go from one to the next.</returns>
    public static ImmutableArray<DomainShare> Ordered(DomainWaves? policy, IReadOnlyCollection<DomainShare> domains)
    {
        if (policy is null || domains.Count < 2)
        {
            return [];
        }

        return
        [
            .. domains
                .OrderBy(domain => domain.Name.Length == 0)
                .ThenBy(domain => (uint)policy.First.IndexOf(domain.Name)) // -1 is behind all.
                .ThenBy(domain => domain.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Those of each wave; empty where it goes by no domains.</summary>
    public static ImmutableArray<ImmutableArray<DomainShare>> WavesOf(Rollout rollout) =>
        PolicyOf(rollout) is { } policy ? InWaves(policy, rollout.Domains) : [];

    /// <param name="ordered">As <see cref="Ordered"/> says.</param>
    public static ImmutableArray<ImmutableArray<DomainShare>> InWaves(
        DomainWaves policy,
        ImmutableArray<DomainShare> ordered
    ) => [.. ordered.Chunk(policy.Parallel).Select(wave => wave.ToImmutableArray())];

    /// <summary>
    /// Where the new version may be, and the old one may not be placed any more; null while both may be anywhere: before it
    /// begins, in the last wave, and on the way back.
    /// </summary>
    public static OpenDomains? OpenAt(Rollout rollout)
    {
        if (rollout.Domains.IsEmpty || PolicyOf(rollout) is not { } policy)
        {
            return null;
        }

        var waves = WavesOf(rollout);
        var last = Underlying(rollout.Phase) switch
        {
            RolloutPhase.Deploying or RolloutPhase.Baking or RolloutPhase.Judging or RolloutPhase.Passed => CanaryWave(
                rollout,
                waves
            ),
            RolloutPhase.AwaitingApproval { Before: ApprovalPoint.Promotion }
            or RolloutPhase.AwaitingWebhooks { Before: ApprovalPoint.Promotion } => CanaryWave(rollout, waves),
            RolloutPhase.Promoting promoting => Math.Max(promoting.Wave, CanaryWave(rollout, waves)),
            _ => waves.Length - 1,
        };
        return last >= waves.Length - 1
            ? null
            : new OpenDomains(
                policy.Label,
                [.. waves.Take(last + 1).SelectMany(wave => wave.Select(domain => domain.Name))]
            );
    }

    /// <summary>How many of the old version's instances were in the domains of the waves up to this one, and the canary's.</summary>
    internal static int ReachedBy(Rollout rollout, int wave)
    {
        var waves = WavesOf(rollout);
        return waves.Take(Math.Max(wave, CanaryWave(rollout, waves)) + 1).Sum(SizeOf);
    }

    /// <summary>The canary is within as few waves as have as many instances.</summary>
    private static int CanaryWave(Rollout rollout, ImmutableArray<ImmutableArray<DomainShare>> waves)
    {
        var (instances, wave, room) = (StepOf(rollout)?.Instances ?? 0, 0, SizeOf(waves[0]));
        while (room < instances && wave < waves.Length - 1)
        {
            wave++;
            room += SizeOf(waves[wave]);
        }

        return wave;
    }

    private static int SizeOf(ImmutableArray<DomainShare> wave) => wave.Sum(domain => domain.Instances);
}

/// <summary>Domains that a rollout has come to.</summary>
/// <param name="Label">As <see cref="DomainWaves.Label"/>.</param>
public sealed record OpenDomains(string Label, ImmutableArray<string> Names);
