using System.Text.Json;
using Spectre.Console;

namespace Orchestrator.Cli.Tests.Support;

/// <summary>One run of <c>orc</c>, in this process, with everything it touches in hand.</summary>
internal sealed record OrcRun(int Code, string Out, string Error)
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    public IReadOnlyList<string> Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Output redirected, as in a script.</summary>
    public static Task<OrcRun> Of(FakeControlPlane server, params string[] arguments) =>
        Of(server.Address, arguments, standardInput: "", opensTerminal: false);

    public static Task<OrcRun> InTerminal(FakeControlPlane server, params string[] arguments) =>
        Of(server.Address, arguments, standardInput: "", opensTerminal: true);

    public static Task<OrcRun> WithInput(FakeControlPlane server, string standardInput, params string[] arguments) =>
        Of(server.Address, arguments, standardInput, opensTerminal: false);

    public static Task<OrcRun> WithVariables(
        IReadOnlyDictionary<string, string> variables,
        params string[] arguments
    ) => Of(variables, arguments, standardInput: "", opensTerminal: false);

    private static Task<OrcRun> Of(string address, string[] arguments, string standardInput, bool opensTerminal) =>
        Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["ORC_ADDR"] = address, ["ORC_TOKEN"] = "secret" },
            arguments,
            standardInput,
            opensTerminal
        );

    private static async Task<OrcRun> Of(
        IReadOnlyDictionary<string, string> variables,
        string[] arguments,
        string standardInput,
        bool opensTerminal
    )
    {
        var output = new StringWriter();
        var error = new StringWriter();
        using var input = new StringReader(standardInput);
        var surroundings = new Surroundings
        {
            Out = output,
            Error = error,
            In = input,
            OpenTerminal = opensTerminal ? () => Terminal(output) : null,
            Variable = name => variables.GetValueOrDefault(name),
            Time = new SkippingTime(Noon),
        };
        var code = await Orc.RunAsync(arguments, surroundings, TestContext.Current.CancellationToken);
        return new OrcRun(code, output.ToString(), error.ToString());
    }

    private static IAnsiConsole Terminal(StringWriter output)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                ColorSystem = ColorSystemSupport.Standard,
                Interactive = InteractionSupport.Yes,
                Out = new AnsiConsoleOutput(output),
            }
        );
        console.Profile.Width = 100;
        console.Profile.Height = 50;
        return console;
    }
}
