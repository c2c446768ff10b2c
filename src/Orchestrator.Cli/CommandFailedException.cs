namespace Orchestrator.Cli;

/// <summary>Ends a command: what went wrong, what to do about it, and the exit code. <see cref="Orc"/> prints it.</summary>
internal sealed class CommandFailedException(
    int exitCode,
    string message,
    string hint,
    IReadOnlyList<string> candidates
) : Exception(message)
{
    public CommandFailedException(int exitCode, string message, string hint)
        : this(exitCode, message, hint, []) { }

    public int ExitCode { get; } = exitCode;

    /// <summary>Empty when there is nothing to add.</summary>
    public string Hint { get; } = hint;

    /// <summary>Commands of which one is meant.</summary>
    public IReadOnlyList<string> Candidates { get; } = candidates;
}
