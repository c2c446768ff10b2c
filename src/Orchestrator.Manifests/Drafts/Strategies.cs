using Orchestrator.Core.Catalog;

namespace Orchestrator.Manifests.Drafts;

/// <summary>The strategy that a checked stage has chosen.</summary>
internal static class Strategies
{
    public static CanaryStrategy Of(StageDraft stage) =>
        stage switch
        {
            { Recreate: { IsThere: true } recreate } => Recreate(recreate, stage.Count ?? ManifestDefaults.NoCount),
            { BlueGreen: { IsThere: true } blueGreen } => BlueGreen(blueGreen, stage.Count ?? ManifestDefaults.NoCount),
            _ => Canary(stage, stage.Canary, stage.Waves),
        };

    private static CanaryStrategy Canary(StageDraft stage, CanaryDraft canary, WavesDraft waves) =>
        new()
        {
            Steps = [.. canary.Steps.Zip(StepShares.Of(stage), ToStep)],
            MaxSurge = Draft.Known(canary.MaxSurge),
            MaxUnavailable = Draft.Known(canary.MaxUnavailable),
            ReadyWithin = Draft.Known(canary.Patience.ReadyWithin),
            HealthyFor = Draft.Known(canary.Patience.HealthyFor),
            Exchange = Rolling(waves),
        };

    private static Exchange.Rolling Rolling(WavesDraft waves) =>
        waves switch
        {
            { IsThere: false } => new Exchange.Rolling(),
            { HavePercent: true } => new Exchange.Rolling
            {
                Waves = new Waves([.. waves.Percent.Select(each => Draft.Known(each))], Draft.Known(waves.Soak)),
            },
            _ => new Exchange.Rolling
            {
                Domains = new DomainWaves(waves.By, waves.First, Draft.Known(waves.Parallel), Draft.Known(waves.Soak)),
            },
        };

    private static CanaryStrategy Recreate(RecreateDraft recreate, int count) =>
        new()
        {
            Steps = [],
            MaxSurge = 0,
            MaxUnavailable = count,
            ReadyWithin = Draft.Known(recreate.Patience.ReadyWithin),
            HealthyFor = Draft.Known(recreate.Patience.HealthyFor),
            Exchange = new Exchange.Recreate(),
        };

    private static CanaryStrategy BlueGreen(BlueGreenDraft blueGreen, int count) =>
        new()
        {
            Steps = [],
            MaxSurge = count,
            MaxUnavailable = 0,
            ReadyWithin = Draft.Known(blueGreen.Patience.ReadyWithin),
            HealthyFor = Draft.Known(blueGreen.Patience.HealthyFor),
            Exchange = new Exchange.BlueGreen(Draft.Known(blueGreen.Bake), Draft.Known(blueGreen.KeepOld)),
        };

    private static CanaryStep ToStep(StepDraft step, StepShares shares) =>
        new()
        {
            Instances = Draft.Known(shares.Instances),
            WeightPercent = Draft.Known(shares.Weight),
            IsManual = Draft.Known(step.IsManual),
            Bake = Draft.Known(step.Bake),
            MinimumRequests = Draft.Known(step.MinimumRequests),
            MaximumRequests = step.MaximumRequests,
            JudgeWithin = Draft.Known(step.JudgeWithin),
        };
}
