using System.Text.RegularExpressions;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>Phases of the API as a word and a tone.</summary>
internal static partial class States
{
    public static State OfRollout(string phase) =>
        new(
            phase switch
            {
                "Succeeded" => Tone.Good,
                "Deploying" or "Baking" or "Judging" or "Promoting" => Tone.Busy,
                "AwaitingApproval" or "Paused" or "Held" or "Halted" => Tone.Waiting,
                "Withdrawing" or "Previewing" or "Switched" => Tone.Busy,
                "RollingBack" or "RolledBack" or "RollbackFailed" => Tone.Bad,
                _ => Tone.Idle,
            },
            Sentence(phase)
        );

    public static State OfTrain(string phase) =>
        new(
            phase switch
            {
                "Arrived" => Tone.Good,
                "Sealed" or "Departed" or "Recalling" => Tone.Busy,
                "Missed" => Tone.Waiting,
                "ArrivedPartial" or "Recalled" => Tone.Bad,
                _ => Tone.Idle,
            },
            Sentence(phase)
        );

    public static State OfHost(string state) =>
        new(
            state switch
            {
                "Ready" => Tone.Good,
                "Draining" or "Reconnected" => Tone.Busy,
                "Cordoned" or "Drained" => Tone.Waiting,
                "Lost" => Tone.Bad,
                _ => Tone.Idle,
            },
            Sentence(state)
        );

    public static State OfStep(string state) =>
        new(
            state switch
            {
                "done" => Tone.Good,
                "running" => Tone.Busy,
                "given up" => Tone.Bad,
                _ => Tone.Idle,
            },
            state
        );

    /// <summary>Of one metric of a verdict.</summary>
    public static State OfMetric(string state) =>
        new(
            state switch
            {
                "good enough" => Tone.Good,
                "worse" => Tone.Bad,
                "looks worse" or "inconclusive" or "no data" or "stale" => Tone.Waiting,
                _ => Tone.Busy,
            },
            state.Length > 0 ? state : "seen"
        );

    /// <summary><c>AwaitingApproval</c> reads <c>Awaiting approval</c>.</summary>
    private static string Sentence(string phase) =>
        WordStart().Replace(phase, match => $" {match.Value.ToLowerInvariant()}");

    [GeneratedRegex("(?<=[a-z])[A-Z]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex WordStart();
}
