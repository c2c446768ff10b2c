using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Secrets;

namespace Orchestrator.HostAgent.Instances;

/// <summary>From what is assigned to what a runtime is asked to run.</summary>
internal static class ContainerSpecs
{
    public static ContainerSpec Of(
        InstanceRecord record,
        UnpackedImage image,
        HostAgentOptions options,
        InstanceLogs logs,
        InstanceMounts mounts,
        InstanceSecrets secrets
    )
    {
        var known = InstanceEnvironment.OfHost(record, options);
        var mounted = mounts.Prepare(record);
        var opened = secrets.Prepare(record, image);
        return new ContainerSpec
        {
            ContainerId = record.ContainerId,
            Image = image,
            Command = [.. record.Spec.Command.Select(argument => HostReferences.Expand(argument, known))],
            Environment = InstanceEnvironment.Of(record, options),
            LogPath = logs.PathOf(record.Spec.InstanceId),
            CpuMillicores = record.Spec.CpuMillicores,
            CpuLimitMillicores = record.Spec.CpuLimitMillicores,
            MemoryLimitMebibytes = record.Spec.MemoryLimitMebibytes,
            Port = record.Port,
            StopSignal = StopSignals.AskedFor(record.Spec),
            Limits =
            [
                .. (record.Spec.Container?.Limits ?? []).Select(limit => new ProcessLimit(
                    limit.Name,
                    limit.Soft,
                    limit.Hard
                )),
            ],
            SecretVariables = opened.Variables,
            Mounts = [.. mounted, .. opened.Mounts],
            HasInit = record.Spec.Container?.HasInit ?? false,
        };
    }
}
