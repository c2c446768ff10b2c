namespace Orchestrator.HostAgent.Runtimes;

/// <summary>What a container has at an absolute path in place of what its image has there.</summary>
internal abstract record ContainerMount
{
    private ContainerMount(string target) => Target = target;

    public string Target { get; }

    /// <summary>A file or directory of this machine, which exists.</summary>
    internal sealed record Bind(string At, string Source, bool IsReadOnly) : ContainerMount(At);

    /// <summary>An empty directory in memory that everybody may write to, gone with the container.</summary>
    internal sealed record Memory(string At, int Mebibytes) : ContainerMount(At);
}
