using System.Text.RegularExpressions;

namespace Orchestrator.Conventions;

/// <summary>The build itself: one solution, locked packages, and the analyzers that the rest relies on.</summary>
public sealed partial class BuildRules
{
    [Fact]
    public void There_is_one_solution_in_the_classic_format()
    {
        Assert.Equal(["Orchestrator.sln"], Repository.Files("*.sln", "*.slnx", "*.slnf"));
        Assert.Contains("Microsoft Visual Studio Solution File", Repository.Read("Orchestrator.sln"));
    }

    [Fact]
    public void The_solution_holds_every_project() => Assert.Empty(MissingIn(Repository.Read("Orchestrator.sln")));

    [Fact]
    public void The_rule_about_the_solution_sees_a_project_that_is_missing()
    {
        var without = Repository
            .Read("Orchestrator.sln")
            .Replace(@"src\Orchestrator.Core\Orchestrator.Core.csproj", "", StringComparison.Ordinal);

        Assert.Equal(["src/Orchestrator.Core/Orchestrator.Core.csproj"], MissingIn(without));
    }

    [Fact]
    public void Every_project_locks_its_packages() => Assert.Empty(WithoutFile("packages.lock.json"));

    [Fact]
    public void The_rule_about_locks_sees_a_file_that_is_missing() =>
        Assert.Contains("tests/Conventions/Orchestrator.Conventions.csproj", WithoutFile("packages.unlocked.json"));

    [Theory]
    [InlineData("P:System.DateTime.Now")]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.DateTimeOffset.Now")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("T:System.TimeProvider")]
    [InlineData("T:System.Diagnostics.Stopwatch")]
    [InlineData("T:System.Random")]
    [InlineData("M:System.Guid.NewGuid")]
    [InlineData("T:System.Environment")]
    [InlineData("T:System.Threading.Tasks.Task")]
    [InlineData("N:System.IO")]
    public void Core_bans_clock_chance_tasks_and_files(string symbol) =>
        Assert.Contains(
            Repository.Read("src/Orchestrator.Core/BannedSymbols.txt").Split('\n'),
            line => line.StartsWith(symbol + ";", StringComparison.Ordinal)
        );

    [Fact]
    public void The_list_of_banned_symbols_reaches_the_compiler_and_breaks_the_build()
    {
        var core = Repository.Projects.Single(project => project.Name is "Core");

        Assert.Contains("BannedSymbols.txt", core.Includes("AdditionalFiles"));
        Assert.Contains(
            "<PackageReference Include=\"Microsoft.CodeAnalysis.BannedApiAnalyzers\"",
            Repository.Read("Directory.Build.props")
        );
        Assert.Contains("<TreatWarningsAsErrors>true", Repository.Read("Directory.Build.props"));
        Assert.Contains("dotnet_diagnostic.RS0030.severity = error", Repository.Read(".editorconfig"));
    }

    [Fact]
    public void Every_manifest_names_its_schema_for_editors_to_complete()
    {
        Assert.DoesNotContain(Manifests(), path => SchemaOf(Repository.Read(path)) is null);
        Assert.All(
            Manifests(),
            path => Assert.True(File.Exists(SchemaFile(path)), $"{path} names a schema that is not there.")
        );
    }

    [Fact]
    public void The_rule_about_schemas_sees_a_manifest_without_one()
    {
        Assert.Equal("a.json", SchemaOf("# yaml-language-server: $schema=a.json\nkind: Service\n"));
        Assert.Null(SchemaOf("kind: Service\n# yaml-language-server: $schema=a.json\n"));
        Assert.Null(SchemaOf("# yaml-language-server: a.json\n"));
    }

    private static IEnumerable<string> MissingIn(string solution) =>
        Repository
            .Projects.Select(project => project.Path)
            .Where(path => !solution.Contains($"\"{path.Replace('/', '\\')}\"", StringComparison.Ordinal));

    private static IEnumerable<string> WithoutFile(string name) =>
        Repository
            .Projects.Select(project => project.Path)
            .Where(path => !File.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(path) ?? "", name)));

    /// <summary>Examples; what tests feed to the reader may be wrong on purpose.</summary>
    private static IEnumerable<string> Manifests() =>
        Repository
            .Files("*.yaml", "*.yml")
            .Where(path => !path.StartsWith("tests/", StringComparison.Ordinal))
            .Where(path => Manifest().IsMatch(Repository.Read(path)));

    private static string SchemaFile(string path) =>
        Path.Combine(Repository.Root, Path.GetDirectoryName(path) ?? "", SchemaOf(Repository.Read(path)) ?? "");

    private static string? SchemaOf(string text) =>
        Modeline().Match(text) is { Success: true } line ? line.Groups["schema"].Value : null;

    [GeneratedRegex(
        @"^apiVersion: orchestrator/",
        RegexOptions.NonBacktracking | RegexOptions.Multiline | RegexOptions.CultureInvariant
    )]
    private static partial Regex Manifest();

    [GeneratedRegex(
        @"\A# yaml-language-server: \$schema=(?<schema>\S+)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
    )]
    private static partial Regex Modeline();
}
