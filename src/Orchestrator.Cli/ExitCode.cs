namespace Orchestrator.Cli;

/// <summary>What the process answers to its caller. Documented in docs/cli.md and in <c>orc --help</c>: scripts depend on it.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>What was asked for failed, was rolled back, or could not be reached.</summary>
    public const int Failed = 1;

    public const int Usage = 2;
    public const int WaitsForPerson = 3;

    /// <summary>The control plane understood and said no.</summary>
    public const int Refused = 4;

    public const int TimedOut = 5;
    public const int StalePlan = 6;

    /// <summary>A plan leaves instances without a place, or was cut off.</summary>
    public const int Unplaceable = 7;

    /// <summary>Ctrl+C, as shells count it.</summary>
    public const int Interrupted = 130;

    public const string Table = """
        Exit codes:
          0    done
          1    failed or rolled back, or the control plane cannot be reached
          2    usage: the command line is wrong or ambiguous
          3    waits for a person (approval, hold, pause)
          4    refused by the control plane (not allowed, not found, conflict, invalid)
          5    timed out
          6    the plan is stale: the state moved since `orc diff`
          7    the plan of `orc plan` leaves something without a place
          130  interrupted
        """;
}
