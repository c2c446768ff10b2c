namespace Orchestrator.Conventions;

/// <summary>Which part of Core may know which: only Reconciliation, which ties them, knows them all.</summary>
public sealed class NamespaceRules
{
    private const string Core = "Orchestrator.Core";

    /// <summary>Every folder of Core with the others that it may know; all may know the root. A new folder belongs in here first.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        [""] = [],
        ["Catalog"] = [],
        ["Fleet"] = [],
        ["Judging"] = [],
        ["Placement"] = ["Fleet"],
        ["Rollouts"] = ["Catalog", "Judging"],
        ["Trains"] = ["Catalog", "Rollouts"],
        ["Reconciliation"] = ["Catalog", "Fleet", "Judging", "Placement", "Rollouts", "Trains"],
    };

    public static TheoryData<string, string> ForbiddenPairs =>
        new(
            from pair in Allowed
            from to in Allowed.Keys
            where to.Length > 0 && !string.Equals(to, pair.Key, StringComparison.Ordinal) && !pair.Value.Contains(to)
            select (pair.Key, to)
        );

    [Theory]
    [MemberData(nameof(ForbiddenPairs))]
    public void A_folder_of_core_does_not_know_another_that_it_has_no_business_with(string from, string to) =>
        Assert.Empty(Violations(from, to));

    [Theory]
    [InlineData("Catalog", "")]
    [InlineData("Fleet", "")]
    [InlineData("Placement", "Fleet")]
    [InlineData("Rollouts", "Judging")]
    [InlineData("Trains", "Catalog")]
    [InlineData("Reconciliation", "Placement")]
    [InlineData("Reconciliation", "Rollouts")]
    [InlineData("Reconciliation", "Trains")]
    public void The_rule_about_folders_sees_a_dependency_that_exists(string from, string to) =>
        Assert.NotEmpty(Violations(from, to));

    /// <summary>It judges files as the control plane judges rollouts; everything else it knows from the wire.</summary>
    [Theory]
    [InlineData("Catalog")]
    [InlineData("Fleet")]
    [InlineData("Placement")]
    [InlineData("Rollouts")]
    [InlineData("Trains")]
    [InlineData("Reconciliation")]
    public void The_command_line_knows_nothing_of_core_but_its_judge(string folder) =>
        Assert.Empty(ViolationsOf("Orchestrator.Cli.Judging", Full(folder)));

    [Fact]
    public void The_rule_about_the_command_line_sees_what_it_does_know() =>
        Assert.NotEmpty(ViolationsOf("Orchestrator.Cli.Judging", Full("Judging")));

    [Fact]
    public void Every_folder_of_core_has_its_rule()
    {
        var folders = Product
            .Architecture.Types.Select(type => type.Namespace.FullName)
            .Where(name => name.StartsWith(Core, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);

        Assert.Equal(Allowed.Keys.Select(Full).Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    private static string Full(string folder) => folder.Length == 0 ? Core : $"{Core}.{folder}";

    private static IEnumerable<string> Violations(string from, string to) => ViolationsOf(Full(from), Full(to));

    private static IEnumerable<string> ViolationsOf(string from, string to) =>
        Product
            .NotKnow(from, to)
            .Evaluate(Product.Architecture)
            .Where(result => !result.Passed)
            .Select(result => result.Description);
}
