using System.CommandLine;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc describe KIND NAME</c>.</summary>
internal static class DescribeCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("describe", "Show all there is to know about one object, and what to do next.");
        foreach (var kind in Kinds.All)
        {
            command.Add(CreateFor(kind, shell, kind.Singular, [kind.Name, .. kind.Aliases]));
        }

        shell.AddExamples(
            command,
            "orc describe service checkoutservice",
            "orc describe version checkoutservice@1.1.0",
            "orc describe deployment checkoutservice/prod",
            "orc describe rollout checkoutservice/118/prod"
        );
        return command;
    }

    public static Command CreateFor(Kind kind, Shell shell, string commandName, IReadOnlyList<string> aliases)
    {
        var name = Parts.Name("name", kind.NameHelp);
        var command = new Command(commandName, kind.Description) { name };
        foreach (var alias in aliases)
        {
            command.Aliases.Add(alias);
        }

        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                kind.DescribeAsync(session, parsed.GetRequiredValue(name), cancellationToken)
        );
        return command;
    }
}
