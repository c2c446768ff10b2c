namespace Orchestrator.Contracts.Http;

/// <summary>The run of a batch that was started last at a stage.</summary>
public sealed record BatchView
{
    public required string Version { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Instances that must exit with 0.</summary>
    public required int Wanted { get; init; }

    public required int Running { get; init; }

    public required int Completed { get; init; }

    public required int Failed { get; init; }

    /// <summary>Running, Completed or Failed.</summary>
    public required string State { get; init; }

    /// <summary>Why it failed; empty otherwise.</summary>
    public required string Reason { get; init; }

    /// <summary>Null until an instance has ended.</summary>
    public required BatchExitView? LastExit { get; init; }
}

/// <param name="Code">0 to 255, or -1 when it did not start or nobody saw its end.</param>
public sealed record BatchExitView(string Instance, int Code, DateTimeOffset At, string Reason);
