namespace Orchestrator.Cli.Following;

/// <summary>How a journey ended, as <c>publish --wait -o json</c> spells it.</summary>
internal static class JourneyOutcome
{
    public const string Arrived = "arrived";
    public const string Failed = "failed";
    public const string Waiting = "waiting";
    public const string TimedOut = "timed_out";
}
