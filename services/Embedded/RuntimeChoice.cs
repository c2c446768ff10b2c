namespace Orchestrator.Embedded;

/// <summary>Which container runtime the hosts of this machine use.</summary>
internal static class RuntimeChoice
{
    private static readonly string[] OciTools = ["crun", "conmon"];

    /// <summary>Containers where this machine allows them, else plain processes.</summary>
    public static string Resolve(string asked) =>
        asked switch
        {
            "auto" => Environment.IsPrivilegedProcess && OciTools.All(IsOnPath) ? "oci" : "process",
            _ => asked,
        };

    private static bool IsOnPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(directory => File.Exists(Path.Combine(directory, tool)));
}
