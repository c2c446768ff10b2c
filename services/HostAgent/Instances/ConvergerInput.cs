using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Assignments;

namespace Orchestrator.HostAgent.Instances;

internal abstract record ConvergerInput
{
    private ConvergerInput() { }

    internal sealed record Offered(AssignHost Assignment, TaskCompletionSource<AssignmentAnswer> Answer)
        : ConvergerInput;

    internal sealed record News(string InstanceId, InstanceEvent Event) : ConvergerInput;
}
