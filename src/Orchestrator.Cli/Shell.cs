using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;

namespace Orchestrator.Cli;

/// <summary>Options that every command has, and the way from a parsed command line to a running command.</summary>
internal sealed class Shell
{
    private readonly Option<string> _format;
    private readonly Dictionary<Command, IReadOnlyList<string>> _examples = [];

    public Shell(Surroundings surroundings)
    {
        Surroundings = surroundings;
        Address = new Option<string?>("--addr")
        {
            Description = "Address of the control plane. Else ORC_ADDR, else what an embedded one wrote.",
            HelpName = "URL",
            Recursive = true,
        };
        Token = new Option<string?>("--token")
        {
            Description = "Token to ask with; others can see it in the process list, so prefer ORC_TOKEN.",
            HelpName = "TOKEN",
            Recursive = true,
        };
        _format = new Option<string>("--output", "-o")
        {
            Description = "table for people, json or yaml for programs.",
            Recursive = true,
            DefaultValueFactory = _ => "table",
        };
        _format.AcceptOnlyFromAmong("table", "json", "yaml");
    }

    public Surroundings Surroundings { get; }

    public Option<string?> Address { get; }

    public Option<string?> Token { get; }

    public Option Format => _format;

    /// <summary>What the examples of a command's help show; empty when it has none.</summary>
    public IReadOnlyList<string> ExamplesOf(Command command) => _examples.GetValueOrDefault(command, []);

    public void AddExamples(Command command, params IReadOnlyList<string> examples) => _examples[command] = examples;

    public Output OutputOf(ParseResult parsed) =>
        new(
            Surroundings,
            parsed.GetRequiredValue(_format) switch
            {
                "json" => OutputFormat.Json,
                "yaml" => OutputFormat.Yaml,
                _ => OutputFormat.Table,
            }
        );

    public Connection ConnectionOf(ParseResult parsed) =>
        Connection.Find(parsed.GetValue(Address), parsed.GetValue(Token), Surroundings.Variable);

    /// <summary>Makes a command of an action that talks to the control plane and answers an exit code.</summary>
    public void OnRun(Command command, Func<Session, ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var api = new ApiClient(ConnectionOf(parsed), Surroundings.Time);
                return await action(new Session(api, OutputOf(parsed), Surroundings), parsed, cancellationToken);
            }
        );
}
