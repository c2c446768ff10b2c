using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Orchestrator.Contracts.Http;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Enrolment;

/// <summary>
/// What a host was told when it joined, in its data directory and readable by its owner alone. It is configuration like any
/// other, with the least say: whatever the environment or the command line says wins.
/// </summary>
internal static class EnrolmentFile
{
    public const string DefaultDirectory = "/var/lib/orchestrator-agent";

    private const string Name = "enrolment.json";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string DirectoryKey = $"{HostAgentOptions.Section}:{nameof(HostAgentOptions.DataDirectory)}";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string PathIn(string directory) => Path.Combine(directory, Name);

    /// <summary>From the data directory that is configured, else from the usual one.</summary>
    public static void AddEnrolment(this ConfigurationManager configuration)
    {
        var configured = configuration[DirectoryKey] ?? "";
        var path = PathIn(configured.Length > 0 ? configured : DefaultDirectory);
        if (Path.IsPathFullyQualified(path))
        {
            var source = new JsonConfigurationSource { Path = path, Optional = true };
            source.ResolveFileProvider();
            configuration.Sources.Insert(0, source);
        }
    }

    /// <summary>Whole or not there, and never readable by anybody else.</summary>
    public static void Write(string directory, string advertiseAddress, JoinAnswer answer)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = PathIn(directory);
        var partial = path + ".new";
        File.Delete(partial);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        using (var file = new FileStream(partial, options))
        {
            JsonSerializer.Serialize(file, Content(directory, advertiseAddress, answer), Indented);
            file.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
        Libc.SyncDirectory(directory);
    }

    private static JsonObject Content(string directory, string advertiseAddress, JoinAnswer answer) =>
        new()
        {
            [HostAgentOptions.Section] = new JsonObject
            {
                [nameof(HostAgentOptions.HostId)] = answer.Host,
                [nameof(HostAgentOptions.Cell)] = answer.Cell,
                [nameof(HostAgentOptions.DataDirectory)] = directory,
                [nameof(HostAgentOptions.GatewayUrl)] = answer.GatewayUrl,
                [nameof(HostAgentOptions.AdvertiseAddress)] = advertiseAddress,
            },
            [BusOptions.Section] = new JsonObject
            {
                [nameof(BusOptions.Host)] = answer.BrokerHost,
                [nameof(BusOptions.Port)] = answer.BrokerPort.ToString(CultureInfo.InvariantCulture),
                [nameof(BusOptions.VirtualHost)] = answer.VirtualHost,
                [nameof(BusOptions.User)] = answer.User,
                [nameof(BusOptions.Password)] = answer.Password,
            },
        };
}
