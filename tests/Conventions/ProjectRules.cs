namespace Orchestrator.Conventions;

/// <summary>Which project may know which. Wire, domain and storage change for different reasons and at different times.</summary>
public sealed class ProjectRules
{
    /// <summary>Every shipped project with all that it may refer to. A new project belongs in here first.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Core"] = [],
        ["Contracts"] = [],
        ["Manifests"] = ["Core"],
        ["Storage"] = ["Core"],
        ["Messaging"] = ["Contracts"],
        ["Cli"] = ["Core", "Contracts", "Manifests"],
        ["ControlPlane"] = ["Core", "Contracts", "Manifests", "Messaging", "Storage"],
        ["HostAgent"] = ["Contracts", "Messaging"],
        ["Gateway"] = ["Contracts", "Messaging"],
        ["Embedded"] =
        [
            "ControlPlane",
            "HostAgent",
            "Gateway",
            "Core",
            "Contracts",
            "Manifests",
            "Messaging",
            "Storage",
        ],
        ["Samples"] = [],
    };

    [Fact]
    public void Every_project_refers_only_to_what_it_may_know() => Assert.Empty(ForbiddenReferences(Allowed));

    [Fact]
    public void The_rule_about_references_sees_a_reference_that_exists()
    {
        var strict = Allowed.ToDictionary(pair => pair.Key, _ => Array.Empty<string>(), StringComparer.Ordinal);

        var forbidden = ForbiddenReferences(strict).ToList();

        Assert.Contains("HostAgent -> Contracts", forbidden);
        Assert.Contains("Storage -> Core", forbidden);
        Assert.Contains("Embedded -> Gateway", forbidden);
        Assert.DoesNotContain("Core -> Contracts", forbidden);
    }

    [Theory]
    [InlineData("HostAgent", "Core")]
    [InlineData("HostAgent", "Storage")]
    [InlineData("Gateway", "Core")]
    [InlineData("Gateway", "Storage")]
    [InlineData("Messaging", "Core")]
    [InlineData("ControlPlane", "HostAgent")]
    [InlineData("ControlPlane", "Gateway")]
    public void A_project_does_not_reach_another_over_a_third(string from, string to) =>
        Assert.DoesNotContain(to, Closure(from));

    [Fact]
    public void The_rule_about_reaching_sees_what_is_reached_over_a_third()
    {
        Assert.Contains("Core", Closure("Embedded"));
        Assert.DoesNotContain("Core", Direct("Embedded"));
    }

    [Theory]
    [InlineData("Core")]
    [InlineData("Contracts")]
    public void The_innermost_projects_use_the_base_library_alone(string name)
    {
        var project = Find(name);

        Assert.Empty(project.PackageReferences);
        Assert.Empty(project.ProjectReferences);
        Assert.Empty(project.Includes("FrameworkReference"));
        Assert.All(ReferencedAssemblies(name), assembly => Assert.StartsWith("System.", assembly));
    }

    [Fact]
    public void The_rule_about_the_base_library_sees_packages_that_exist()
    {
        Assert.Contains("Dapper", Find("Storage").PackageReferences);
        Assert.Contains(
            ReferencedAssemblies("Messaging"),
            assembly => assembly.StartsWith("MassTransit", StringComparison.Ordinal)
        );
    }

    private static IEnumerable<string> ForbiddenReferences(Dictionary<string, string[]> allowed) =>
        from project in Repository.ProductProjects
        from known in project.ProjectReferences
        where !allowed.TryGetValue(project.Name, out var may) || !may.Contains(known, StringComparer.Ordinal)
        select $"{project.Name} -> {known}";

    private static Project Find(string name) =>
        Repository.ProductProjects.Single(project => string.Equals(project.Name, name, StringComparison.Ordinal));

    private static IEnumerable<string> Direct(string name) => Find(name).ProjectReferences;

    private static IEnumerable<string> Closure(string name) =>
        Direct(name).SelectMany(known => Closure(known).Prepend(known)).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> ReferencedAssemblies(string name) =>
        Product.Assembly(name).GetReferencedAssemblies().Select(assembly => assembly.Name ?? "");
}
