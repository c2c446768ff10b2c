namespace Orchestrator.EndToEnd.Support;

/// <summary>The programs as they were built with these tests, beside them in the artifacts, in the same configuration.</summary>
internal static class Programs
{
    private static readonly string Own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    public static string ControlPlane { get; } = Find("Orchestrator.ControlPlane", "Orchestrator.ControlPlane");

    public static string Gateway { get; } = Find("Orchestrator.Gateway", "Orchestrator.Gateway");

    public static string HostAgent { get; } = Find("Orchestrator.HostAgent", "orchestrator-agent");

    public static string Embedded { get; } = Find("Orchestrator.Embedded", "orchestrator");

    public static string Orc { get; } = Find("Orchestrator.Cli", "orc");

    public static string Sample { get; } = Find("Orchestrator.Samples", "sample");

    /// <summary>The checkout that the tests were built from.</summary>
    public static string Repository { get; } = FindRepository();

    private static string Find(string project, string program)
    {
        var path = Path.GetFullPath(Path.Combine(Own, "..", "..", project, Path.GetFileName(Own), program));
        return File.Exists(path) ? path : throw new FileNotFoundException($"{project} is not built.", path);
    }

    private static string FindRepository()
    {
        for (var at = new DirectoryInfo(Own); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Orchestrator.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Orchestrator.sln above {Own}.");
    }
}
