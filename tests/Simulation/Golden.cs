namespace Orchestrator.Simulation;

/// <summary>Texts that are kept beside the tests for people to read, and written anew with ORC_WRITE_SCENARIOS=1.</summary>
internal static class Golden
{
    /// <param name="path">Below tests/Simulation.</param>
    public static void Compare(string path, string told)
    {
        var kept = Path.Combine(Folder(), path);
        if (Environment.GetEnvironmentVariable("ORC_WRITE_SCENARIOS") is not null)
        {
            File.WriteAllText(kept, told);
        }

        Assert.Equal(File.ReadAllText(kept), told);
    }

    private static string Folder()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Orchestrator.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("Not in a clone.");
        }

        return Path.Combine(directory.FullName, "tests", "Simulation");
    }
}
