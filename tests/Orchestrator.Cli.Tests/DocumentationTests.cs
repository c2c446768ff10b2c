using System.Text.RegularExpressions;
using Orchestrator.Cli.Tests.Support;

namespace Orchestrator.Cli.Tests;

public sealed partial class DocumentationTests
{
    private const RegexOptions Options =
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    [Fact]
    public async Task Every_command_is_explained_in_the_documentation_and_no_other()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var help = (await OrcRun.Of(server, "--help")).Out;

        var commands = Command().Matches(help.Split("Commands:")[1].Split("Examples:")[0]);
        var documented = Row().Matches(Documentation()).SelectMany(row => row.Groups["names"].Value.Split(@"\|"));

        Assert.Equal(
            commands.SelectMany(command => command.Groups["names"].Value.Split(", ")).Order(StringComparer.Ordinal),
            documented.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task The_exit_codes_of_the_help_are_those_of_the_documentation()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var help = (await OrcRun.Of(server, "--help")).Out;

        var told = Codes(HelpCode(), help);
        var documented = Codes(DocumentedCode(), Documentation());

        Assert.Equal(9, told.Count);
        Assert.Equal(told, documented);
    }

    private static List<string> Codes(Regex row, string text) =>
        [.. row.Matches(text).Select(code => $"{code.Groups["code"].Value} {code.Groups["what"].Value.Trim()}")];

    private static string Documentation()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Orchestrator.sln")))
        {
            directory = directory.Parent;
        }

        return File.ReadAllText(Path.Combine(directory.FullName, "docs", "cli.md"));
    }

    [GeneratedRegex(@"^  (?<names>[a-z]+(, [a-z]+)*)( |$)", Options)]
    private static partial Regex Command();

    [GeneratedRegex(@"^\| `orc (?<names>[^` ]+)[^`]*` \|", Options)]
    private static partial Regex Row();

    [GeneratedRegex(@"^  (?<code>\d+) +(?<what>.+)$", Options)]
    private static partial Regex HelpCode();

    [GeneratedRegex(@"^\| (?<code>\d+) \| (?<what>.+) \|$", Options)]
    private static partial Regex DocumentedCode();
}
