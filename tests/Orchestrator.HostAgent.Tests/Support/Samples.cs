using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Tests.Support;

internal static class Samples
{
    public static AssignedInstance AnInstance(string instanceId) =>
        new()
        {
            InstanceId = instanceId,
            Generation = 1,
            Service = "cart",
            Stage = "prod",
            Version = "1.0.0",
            Image = "test@sha256:" + new string('0', 64),
            Command = ["/bin/sleep", "1000"],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal),
            CpuMillicores = 10,
            CpuLimitMillicores = 0,
            MemoryMebibytes = 10,
            MemoryLimitMebibytes = 0,
            Port = 0,
            StopGraceMilliseconds = 2_000,
        };

    public static AssignedHealthCheck ACheck() =>
        new()
        {
            Path = "/healthz",
            IntervalMilliseconds = 1_000,
            TimeoutMilliseconds = 500,
            UnhealthyAfter = 2,
            StartupMilliseconds = 30_000,
        };

    public static AssignHost AnAssignment(string hostId, long revision, params AssignedInstance[] instances) =>
        new()
        {
            HostId = hostId,
            Epoch = 1,
            Revision = revision,
            Instances = instances,
        };
}
