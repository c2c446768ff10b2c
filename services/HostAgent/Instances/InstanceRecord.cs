using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Instances;

/// <summary>What a later agent must know of an instance to take it over. Written before its container is made.</summary>
internal sealed record InstanceRecord
{
    public required AssignedInstance Spec { get; init; }

    /// <summary>New with every start, so that nothing an earlier start left behind is taken for it.</summary>
    public required string ContainerId { get; init; }

    /// <summary>0: it answers no requests.</summary>
    public required int Port { get; init; }

    /// <summary>What it is asked to end with; 0, as an earlier agent left it: SIGTERM.</summary>
    public int StopSignal { get; init; }

    public required int Restarts { get; init; }

    public required bool WasReady { get; init; }

    /// <summary>Null unless it ended and is never restarted.</summary>
    public EndedInstance? Ended { get; init; }
}

/// <param name="Reason">For people.</param>
internal sealed record EndedInstance(InstanceExit Exit, string Reason);

/// <summary>
/// One file per instance. They survive the agent, and need not survive a power cut: nothing they tell of does, except for
/// how one ended.
/// </summary>
internal sealed partial class InstanceRecords(string directory, ILogger<InstanceRecords> logger)
{
    private const string Extension = ".json";

    private readonly ConcurrentDictionary<string, InstanceRecord> _records = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, InstanceRecord> All => _records;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.Sweep(directory);
        foreach (var path in Directory.EnumerateFiles(directory, "*" + Extension))
        {
            var content = await File.ReadAllBytesAsync(path, cancellationToken);
            if (Parse(content) is { } record)
            {
                _records[record.Spec.InstanceId] = record;
            }
            else
            {
                LogDamaged(path); // After a power cut. Its container, should there be one, is an orphan and goes.
                File.Delete(path);
            }
        }
    }

    public InstanceRecord? Find(string instanceId) => _records.GetValueOrDefault(instanceId);

    public async Task SaveAsync(InstanceRecord record, CancellationToken cancellationToken)
    {
        var path = PathOf(record.Spec.InstanceId);
        var content = JsonSerializer.SerializeToUtf8Bytes(record, AgentJson.Default.InstanceRecord);
        await (
            record.Ended is null
                ? AtomicFile.WriteAsync(path, content, cancellationToken)
                : AtomicFile.WriteDurablyAsync(path, content, cancellationToken)
        );
        _records[record.Spec.InstanceId] = record;
    }

    public void Delete(string instanceId)
    {
        File.Delete(PathOf(instanceId));
        _records.TryRemove(instanceId, out _);
    }

    private string PathOf(string instanceId) => Path.Combine(directory, instanceId + Extension);

    private static InstanceRecord? Parse(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, AgentJson.Default.InstanceRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Path} is damaged and was deleted.")]
    private partial void LogDamaged(string path);
}
