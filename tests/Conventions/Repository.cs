using System.Xml.Linq;

namespace Orchestrator.Conventions;

/// <summary>The files of the checkout that the tests were built from, without what a build or a tool made.</summary>
internal static class Repository
{
    private static readonly HashSet<string> Made = new(StringComparer.Ordinal)
    {
        ".git",
        ".idea",
        ".vs",
        "artifacts",
        "bin",
        "node_modules",
        "obj",
    };

    public static string Root { get; } = FindRoot();

    /// <summary>Every project of the repository, by its path.</summary>
    public static IReadOnlyList<Project> Projects { get; } =
    [.. Files("*.csproj").Select(path => new Project(path, XDocument.Load(Absolute(path))))];

    /// <summary>The ones that are shipped.</summary>
    public static IEnumerable<Project> ProductProjects =>
        Projects.Where(project => !project.Path.StartsWith("tests/", StringComparison.Ordinal));

    public static string Absolute(string path) => Path.Combine(Root, path);

    public static string Read(string path) => File.ReadAllText(Absolute(path));

    /// <summary>Paths from the root with '/', sorted.</summary>
    public static IEnumerable<string> Files(params string[] patterns) =>
        patterns
            .SelectMany(pattern => Below(new DirectoryInfo(Root), pattern))
            .Select(file => Path.GetRelativePath(Root, file.FullName))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<FileInfo> Below(DirectoryInfo directory, string pattern) =>
        directory
            .EnumerateFiles(pattern)
            .Concat(
                directory
                    .EnumerateDirectories()
                    .Where(child => !Made.Contains(child.Name) && child.LinkTarget is null)
                    .SelectMany(child => Below(child, pattern))
            );

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Orchestrator.sln")))
            {
                return at.FullName;
            }
        }
        throw new DirectoryNotFoundException($"No Orchestrator.sln above {AppContext.BaseDirectory}.");
    }
}

/// <summary>A project file and what it says it needs.</summary>
internal sealed record Project(string Path, XDocument Xml)
{
    /// <summary>Without the common prefix: <c>Core</c>, <c>ControlPlane</c>.</summary>
    public string Name =>
        System.IO.Path.GetFileNameWithoutExtension(Path).Replace("Orchestrator.", "", StringComparison.Ordinal);

    public string AssemblyName => Xml.Descendants("AssemblyName").SingleOrDefault()?.Value ?? $"Orchestrator.{Name}";

    public IEnumerable<string> ProjectReferences =>
        Includes("ProjectReference")
            .Select(path =>
                System.IO.Path.GetFileNameWithoutExtension(path).Replace("Orchestrator.", "", StringComparison.Ordinal)
            );

    public IEnumerable<string> PackageReferences => Includes("PackageReference");

    public IEnumerable<string> Includes(string item) =>
        Xml.Descendants(item).Select(element => element.Attribute("Include")?.Value ?? "");
}
