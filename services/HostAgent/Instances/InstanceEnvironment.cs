using System.Collections.ObjectModel;
using System.Globalization;

namespace Orchestrator.HostAgent.Instances;

/// <summary>What an instance is told about itself, and what its template adds.</summary>
internal static class InstanceEnvironment
{
    private static readonly ReadOnlyDictionary<string, IReadOnlyList<int>> NoDevices = ReadOnlyDictionary<
        string,
        IReadOnlyList<int>
    >.Empty;

    /// <summary>What the template adds may refer to what the host says, and never stands above it.</summary>
    public static IReadOnlyDictionary<string, string> Of(InstanceRecord record, HostAgentOptions options)
    {
        var own = OfHost(record, options);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in record.Spec.Environment)
        {
            environment[name] = HostReferences.Expand(value, own);
        }

        foreach (var (name, value) in own)
        {
            environment[name] = value;
        }

        return environment;
    }

    /// <summary>What only the host knows.</summary>
    public static IReadOnlyDictionary<string, string> OfHost(InstanceRecord record, HostAgentOptions options)
    {
        var spec = record.Spec;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ORC_INSTANCE"] = spec.InstanceId,
            ["ORC_SERVICE"] = spec.Service,
            ["ORC_STAGE"] = spec.Stage,
            ["ORC_VERSION"] = spec.Version,
            ["ORC_HOST"] = options.HostId,
        };
        if (record.Port != 0)
        {
            environment["PORT"] = record.Port.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var (name, indexes) in spec.Devices ?? NoDevices)
        {
            var list = string.Join(',', indexes.Select(index => index.ToString(CultureInfo.InvariantCulture)));
            environment[$"ORC_{name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}_DEVICES"] = list;
            if (name == "gpu")
            {
                environment["NVIDIA_VISIBLE_DEVICES"] = list;
            }
        }

        if (options.GatewayUrl.Length > 0)
        {
            environment["ORC_GATEWAY"] = options.GatewayUrl;
        }

        return environment;
    }
}
