using System.Text.Json;
using Orchestrator.Contracts.Bus;
using Orchestrator.Messaging;

namespace Orchestrator.Gateway;

/// <summary>The last table on disk, so that a gateway that starts without a control plane serves all the same.</summary>
internal sealed partial class TableStore(string directory, ILogger logger)
{
    private readonly string _path = Path.Combine(directory, "route-table.json");

    /// <summary>Null when there is none, or none that can be read: then the control plane sends it again.</summary>
    public async Task<RouteTable?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_path))
        {
            return null;
        }

        await using var file = File.OpenRead(_path);
        try
        {
            return await JsonSerializer.DeserializeAsync<RouteTable>(file, BusJson.Options, cancellationToken);
        }
        catch (JsonException exception)
        {
            LogUnreadable(_path, exception);
            return null;
        }
    }

    /// <summary>Whole or not at all: a power cut leaves the old one.</summary>
    public async Task SaveAsync(RouteTable table, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var temporary = _path + ".new";
        await using (var file = File.Create(temporary))
        {
            await JsonSerializer.SerializeAsync(file, table, BusJson.Options, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The saved route table {Path} cannot be read; starting without."
    )]
    private partial void LogUnreadable(string path, Exception exception);
}
