using ArchUnitNET.Domain;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Orchestrator.Conventions;

/// <summary>All that is shipped, as compiled.</summary>
internal static class Product
{
    public static Architecture Architecture { get; } =
        new ArchLoader()
            .LoadAssemblies([.. Repository.ProductProjects.Select(project => Assembly(project.Name))])
            .Build();

    public static System.Reflection.Assembly Assembly(string project) =>
        System.Reflection.Assembly.Load(
            Repository
                .ProductProjects.Single(candidate => string.Equals(candidate.Name, project, StringComparison.Ordinal))
                .AssemblyName
        );

    /// <summary>No type of the one namespace, nor of those below it, uses a type directly in the other.</summary>
    public static IArchRule NotKnow(string from, string to) =>
        Types()
            .That()
            .ResideInNamespace(from)
            .Should()
            .NotDependOnAnyTypesThat()
            .ResideInNamespace(to)
            .WithoutRequiringPositiveResults();

    /// <summary>Only types of the owners' namespaces, and those below them, use types of the package's namespace.</summary>
    public static IArchRule KnownOnlyIn(string package, params IReadOnlyList<string> owners) =>
        Types()
            .That()
            .FollowCustomPredicate(
                type => !owners.Any(owner => IsIn(type.Namespace.FullName, owner)),
                $"do not reside in {string.Join(" or ", owners)}"
            )
            .Should()
            .NotDependOnAny(Types(includeReferenced: true).That().ResideInNamespaceOrBelow(package));

    private static bool IsIn(string name, string owner) =>
        string.Equals(name, owner, StringComparison.Ordinal) || name.StartsWith($"{owner}.", StringComparison.Ordinal);
}
