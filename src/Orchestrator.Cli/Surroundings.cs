using Spectre.Console;

namespace Orchestrator.Cli;

/// <summary>All that a command touches besides the network and the files it is given.</summary>
internal sealed record Surroundings
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    /// <summary>Null when the output is redirected: then it is plain text, whole lines, no colours.</summary>
    public required Func<IAnsiConsole>? OpenTerminal { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    public required TimeProvider Time { get; init; }

    public static Surroundings OfThisProcess() =>
        new()
        {
            Out = Console.Out,
            Error = Console.Error,
            In = Console.In,
            OpenTerminal = Console.IsOutputRedirected ? null : () => AnsiConsole.Console,
            Variable = Environment.GetEnvironmentVariable,
            Time = TimeProvider.System,
        };
}
