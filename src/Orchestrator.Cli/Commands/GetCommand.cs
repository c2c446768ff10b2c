using System.CommandLine;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc get KIND [NAME]</c>.</summary>
internal static class GetCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("get", "List objects, or show one in a line.");
        foreach (var kind in Kinds.All)
        {
            command.Add(CreateFor(kind, shell, kind.Name, [kind.Singular, .. kind.Aliases]));
        }

        shell.AddExamples(
            command,
            "orc get services",
            "orc get rollouts --active",
            "orc get instances --service checkoutservice --stage prod",
            "orc get versions checkoutservice -o json | jq -r '.items[].version'"
        );
        return command;
    }

    public static Command CreateFor(Kind kind, Shell shell, string commandName, IReadOnlyList<string> aliases)
    {
        var name = Parts.OptionalName("name", kind.NameHelp);
        var filters = kind
            .Filters.Select(filter => Parts.Text($"--{filter}", filter.ToUpperInvariant(), $"Only of this {filter}."))
            .ToArray();
        var active = Parts.Flag("--active", "Only those that are not finished.");
        var command = new Command(commandName, kind.Description) { name };
        foreach (var alias in aliases)
        {
            command.Aliases.Add(alias);
        }

        foreach (var filter in filters)
        {
            command.Add(filter);
        }

        if (kind.HasActive)
        {
            command.Add(active);
        }

        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
            {
                var values = kind.Filters.Select((filter, index) => (filter, parsed.GetValue(filters[index])));
                var isActive = kind.HasActive && parsed.GetValue(active) ? "true" : null;
                return kind.ShowAsync(
                    session,
                    parsed.GetValue(name),
                    [.. values, ("active", isActive)],
                    cancellationToken
                );
            }
        );
        return command;
    }
}
