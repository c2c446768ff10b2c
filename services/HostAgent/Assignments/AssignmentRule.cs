using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Instances;

namespace Orchestrator.HostAgent.Assignments;

internal abstract record AssignmentAnswer
{
    private AssignmentAnswer() { }

    internal sealed record Accepted : AssignmentAnswer;

    /// <param name="Reason">For people.</param>
    internal sealed record Refused(string Reason) : AssignmentAnswer;
}

/// <summary>Which assignment a host takes: its own, well formed, and not older than the one it holds.</summary>
internal static class AssignmentRule
{
    /// <summary>More than fit on any machine; a message that asks for more is wrong.</summary>
    public const int MaxInstances = 1_000;

    public static AssignmentAnswer Answer(string hostId, AssignHost? held, AssignHost offered) =>
        (held, offered) switch
        {
            _ when !string.Equals(offered.HostId, hostId, StringComparison.Ordinal) => Refuse(
                $"it is for host '{offered.HostId}'"
            ),
            _ when held is not null && offered.Epoch < held.Epoch => Refuse(
                $"epoch {offered.Epoch} is below {held.Epoch}"
            ),
            _ when held is not null && offered.Epoch == held.Epoch && offered.Revision < held.Revision => Refuse(
                $"revision {offered.Revision} is below {held.Revision}"
            ),
            _ when offered.Instances.Count > MaxInstances => Refuse($"it has more than {MaxInstances} instances"),
            _ when offered.Instances.FirstOrDefault(instance => !InstanceName.IsValid(instance.InstanceId))
                    is { } unnamed => Refuse($"'{unnamed.InstanceId}' is not an instance's id"),
            _ when offered
                    .Instances.GroupBy(instance => instance.InstanceId, StringComparer.Ordinal)
                    .FirstOrDefault(same => same.Skip(1).Any())
                    is { } twice => Refuse($"it has '{twice.Key}' twice"),
            _ => new AssignmentAnswer.Accepted(),
        };

    private static AssignmentAnswer.Refused Refuse(string reason) => new(reason);
}
