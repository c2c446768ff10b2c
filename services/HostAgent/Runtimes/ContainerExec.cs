namespace Orchestrator.HostAgent.Runtimes;

/// <summary>A program to run in a running container, with the container's own environment and user.</summary>
internal sealed record ContainerExec
{
    /// <summary>The program and its arguments; at least one.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>What the program reads; null: nothing.</summary>
    public Stream? Input { get; init; }

    /// <summary>Written as it comes, by one writer.</summary>
    public required Stream Output { get; init; }

    /// <summary>Written as it comes, by one writer.</summary>
    public required Stream Errors { get; init; }
}
