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
            command.Add(CreateFor(kind, shell));
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

    private static Command CreateFor(Kind kind, Shell shell)
    {
        var name = Parts.Name("name", kind.NameHelp);
        var command = new Command(kind.Singular, kind.Description) { name };
        command.Aliases.Add(kind.Name);
        foreach (var alias in kind.Aliases)
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
