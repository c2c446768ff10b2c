using Orchestrator.HostAgent.Secrets;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>
/// For containers with secret variables: their configurations, and what crun keeps of them, which has a copy. In memory, so
/// that no disk ever holds a secret.
/// </summary>
/// <param name="Directory">Of this host alone.</param>
internal sealed record MemoryPlace(string Directory)
{
    public string States => Path.Combine(Directory, "state");

    private string Configs => Path.Combine(Directory, "config");

    /// <summary>Where the container's <see cref="ContainerFiles.Config"/> leads to.</summary>
    /// <exception cref="RuntimeFailedException">It would be on a disk.</exception>
    public string MakeConfig(string containerId)
    {
        SecretsPlace.Make(Path.GetDirectoryName(Directory) ?? "/");
        foreach (var directory in new[] { Directory, States, Configs })
        {
            SecretsPlace.Make(directory);
        }

        if (!SecretsPlace.IsInMemory(Directory))
        {
            throw new RuntimeFailedException(
                "Its secret variables would be written to a disk: Agent:SecretsDirectory must be on a tmpfs, such as below /run or /dev/shm."
            );
        }

        return ConfigOf(containerId);
    }

    public bool HasState(string containerId) => System.IO.Directory.Exists(Path.Combine(States, containerId));

    public IEnumerable<string> ListStates() =>
        System.IO.Directory.Exists(States) ? System.IO.Directory.EnumerateDirectories(States) : [];

    public void Delete(string containerId)
    {
        if (File.Exists(ConfigOf(containerId)))
        {
            File.Delete(ConfigOf(containerId));
        }
    }

    private string ConfigOf(string containerId) => Path.Combine(Configs, containerId);
}
