namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>What belongs to one container, whether it exists or not.</summary>
/// <param name="Mark">The value of <see cref="RktCommands.MarkVariable"/> for all that is started for it.</param>
internal sealed record RktContainer(RktFiles Files, RktCgroup Cgroup, string Mark)
{
    public ContainerExit ReadExit() => new(Files.ReadExitCode(), Cgroup.HasRunOutOfMemory());
}
