namespace Orchestrator.Cli.Rendering;

/// <summary>How a word feels. Colour only repeats what the word says.</summary>
internal enum Tone
{
    Neutral,
    Good,
    Bad,
    Waiting,
    Faint,
}

internal static class Tones
{
    /// <summary>The tone of a state, phase or action as the API spells it.</summary>
    public static Tone Of(string word) =>
        word switch
        {
            "Ready" or "Succeeded" or "Arrived" or "created" or "pass" or "done" or "open" or "up" or "good enough" =>
                Tone.Good,
            "NotReady"
            or "Backoff"
            or "Lost"
            or "RollingBack"
            or "RolledBack"
            or "RollbackFailed"
            or "ArrivedPartial"
            or "Recalled"
            or "fail"
            or "given up"
            or "failed"
            or "worse"
            or "down" => Tone.Bad,
            "AwaitingApproval"
            or "Held"
            or "Paused"
            or "Draining"
            or "Drained"
            or "Cordoned"
            or "Reconnected"
            or "updated"
            or "refused"
            or "pending"
            or "skipped"
            or "looks worse"
            or "inconclusive"
            or "no data"
            or "stale"
            or "running" => Tone.Waiting,
            "unchanged" or "Cancelled" or "waiting" or "not asked" => Tone.Faint,
            _ => Tone.Neutral,
        };
}
