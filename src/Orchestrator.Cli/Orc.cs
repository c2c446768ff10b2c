using System.CommandLine;
using System.CommandLine.Invocation;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;

namespace Orchestrator.Cli;

/// <summary>The one edge: parses, runs, and turns whatever happened into a message and an exit code.</summary>
internal static class Orc
{
    /// <summary>After Ctrl+C a command has this long to end by itself.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        Surroundings surroundings,
        CancellationToken cancellationToken
    )
    {
        var root = OrcCommand.Create(new Shell(surroundings));
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            return ReportUsage(parsed, surroundings.Error);
        }

        var invocation = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TerminationTimeout,
            Output = surroundings.Out,
            Error = surroundings.Error,
        };
        try
        {
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (CommandFailedException failure)
        {
            new ErrorWriter(surroundings.Error).Write(failure);
            return failure.ExitCode;
        }
        catch (ApiProblemException refusal)
        {
            new ErrorWriter(surroundings.Error).Write(refusal.Problem);
            return refusal.ExitCode;
        }
        catch (UnreachableAddressException unreachable)
        {
            new ErrorWriter(surroundings.Error).Write(
                unreachable.Message,
                "Start the control plane (the Embedded program runs all of it), or set ORC_ADDR to where it listens."
            );
            return unreachable.IsTimeout ? ExitCode.TimedOut : ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }

    private static int ReportUsage(ParseResult parsed, TextWriter error)
    {
        // A mistyped command is also a missing one; the first says more.
        var mistakes =
            parsed.UnmatchedTokens.Count > 0
                ? parsed.UnmatchedTokens.Select(token =>
                    $"'{token}' is not a command, option or argument here.{Alike(parsed, token)}"
                )
                : parsed.Errors.Select(mistake => mistake.Message);
        foreach (var mistake in mistakes)
        {
            error.WriteLine($"error: {PlainText.OneLine(mistake)}");
        }

        var path = string.Join(' ', PathOf(parsed));
        error.WriteLine($"  hint: `{path} --help` shows what it takes, with examples.");
        return ExitCode.Usage;
    }

    private static string Alike(ParseResult parsed, string token)
    {
        var command = parsed.CommandResult.Command;
        var names = command
            .Subcommands.SelectMany(sub => sub.Aliases.Append(sub.Name))
            .Concat(command.Options.Select(option => option.Name))
            .Where(name => Spelling.IsNear(name, token))
            .Order(StringComparer.Ordinal)
            .ToList();
        return names.Count > 0 ? $" Did you mean {string.Join(" or ", names)}?" : "";
    }

    private static Stack<string> PathOf(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (
            var result = parsed.CommandResult;
            result is not null;
            result = result.Parent as System.CommandLine.Parsing.CommandResult
        )
        {
            names.Push(result.Command.Name);
        }

        return names;
    }
}
