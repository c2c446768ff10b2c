using System.Text.RegularExpressions;

namespace Orchestrator.Conventions;

/// <summary>What a reader may count on in every file.</summary>
public sealed partial class SourceRules
{
    /// <summary>A longer file holds two ideas.</summary>
    private const int MaxLines = 300;

    private static readonly string[] Code = ["*.cs", "*.razor", "*.js", "*.css", "*.sql", "*.sh"];

    private static readonly string[] Text =
    [
        .. Code,
        "*.csproj",
        "*.json",
        "*.md",
        "*.props",
        "*.sln",
        "*.tpl",
        "*.txt",
        "*.yaml",
        "*.yml",
        ".editorconfig",
    ];

    private const RegexOptions Linear =
        RegexOptions.NonBacktracking
        | RegexOptions.CultureInvariant
        | RegexOptions.ExplicitCapture
        | RegexOptions.Multiline;

    [Fact]
    public void No_file_outside_the_tests_holds_two_ideas() =>
        Assert.DoesNotContain(Longer(MaxLines), path => !path.StartsWith("tests/", StringComparison.Ordinal));

    [Fact]
    public void The_rule_about_length_sees_a_file_that_is_longer() =>
        Assert.Contains("tests/Conventions/SourceRules.cs", Longer(lines: 20));

    [Fact]
    public void Nothing_is_left_to_do_without_an_issue() =>
        Assert.DoesNotContain(Holding(Code, LeftToDo()), IsNotThisFile);

    [Fact]
    public void The_rule_about_things_to_do_sees_one() => Assert.Contains(ThisFile, Holding(Code, LeftToDo()));

    [Fact]
    public void No_test_is_switched_off() => Assert.DoesNotContain(Holding(["*.cs"], SwitchedOff()), IsNotThisFile);

    [Fact]
    public void The_rule_about_tests_switched_off_sees_one() =>
        Assert.Contains(ThisFile, Holding(["*.cs"], SwitchedOff()));

    [Fact]
    public void No_path_of_the_machine_that_it_was_written_on_gets_in() =>
        Assert.DoesNotContain(Holding(Text, MachinePath()), IsNotThisFile);

    [Fact]
    public void The_rule_about_machine_paths_sees_one() => Assert.Contains(ThisFile, Holding(Text, MachinePath()));

    private const string ThisFile = "tests/Conventions/SourceRules.cs";

    /// <summary>What the controls find in this file.</summary>
    public const string Bait = """TODO: none, [Fact(Skip = "never")], /work/somewhere""";

    private static bool IsNotThisFile(string path) => !string.Equals(path, ThisFile, StringComparison.Ordinal);

    private static IEnumerable<string> Longer(int lines) =>
        Repository.Files(Code).Where(path => File.ReadLines(Repository.Absolute(path)).Skip(lines).Any());

    private static IEnumerable<string> Holding(string[] patterns, Regex pattern) =>
        Repository.Files(patterns).Where(path => pattern.IsMatch(Repository.Read(path)));

    [GeneratedRegex(@"\b(TODO|FIXME|HACK)\b", Linear)]
    private static partial Regex LeftToDo();

    [GeneratedRegex(@"\bSkip\s*=[^>=]", Linear)]
    private static partial Regex SwitchedOff();

    // Not as a part of a longer path, nor below a variable: $work/ is a script's own directory.
    [GeneratedRegex(@"(^|[^\w.$}])/(work|root)/", Linear)]
    private static partial Regex MachinePath();
}
