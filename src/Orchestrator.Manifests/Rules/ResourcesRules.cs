using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Manifests.Drafts;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Rules;

/// <summary>
/// A limit is no lower than the request, or the host would set aside what may never be used; and nothing is asked twice.
/// </summary>
internal sealed class ResourcesRules : AbstractValidator<ResourcesDraft>
{
    public ResourcesRules()
    {
        RuleFor(resources => resources.Limits.Cpu)
            .Custom((limit, context) => Check(limit, context.InstanceToValidate.Requests.Cpu, unit: "m", context));
        RuleFor(resources => resources.Limits.Memory)
            .Custom((limit, context) => Check(limit, context.InstanceToValidate.Requests.Memory, unit: "Mi", context));
        RuleFor(resources => resources.HostPorts).Custom(CheckPorts);
        RuleFor(resources => resources.Devices).Custom(CheckDevices);
    }

    private static void CheckPorts(ImmutableArray<int?> ports, ValidationContext<ResourcesDraft> context)
    {
        var seen = new HashSet<int>();
        foreach (var (index, each) in ports.Index())
        {
            if (each is { } port && !seen.Add(port))
            {
                context.Fail(
                    At(index),
                    new Complaint(
                        ManifestErrorCodes.DuplicatePort,
                        string.Create(CultureInfo.InvariantCulture, $"The port {port} is there already."),
                        "Keep one of the two."
                    )
                );
            }
        }
    }

    private static void CheckDevices(ImmutableArray<DeviceDraft> devices, ValidationContext<ResourcesDraft> context)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, device) in devices.Index())
        {
            if (device.Count is null == device.Share is null)
            {
                context.Fail(
                    At(index),
                    new Complaint(
                        ManifestErrorCodes.DeviceUnclear,
                        "Devices are wanted either whole or as a share of one.",
                        "Write one of 'count' and 'share'."
                    )
                );
            }

            if (!seen.Add(device.Class))
            {
                context.Fail(
                    $"{At(index)}.Class",
                    new Complaint(
                        ManifestErrorCodes.DuplicateDevice,
                        $"Devices of the class {Shown.Quoted(device.Class)} are wanted already.",
                        "Keep one of the two."
                    )
                );
            }
        }
    }

    private static string At(int index) => string.Create(CultureInfo.InvariantCulture, $"[{index}]");

    private static void Check(int? limit, int? request, string unit, ValidationContext<ResourcesDraft> context)
    {
        if (limit < request)
        {
            context.Fail(
                "",
                new Complaint(
                    ManifestErrorCodes.LimitBelowRequest,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The limit of {limit}{unit} is below the request of {request}{unit}."
                    ),
                    "Raise the limit, or lower the request."
                )
            );
        }
    }
}
