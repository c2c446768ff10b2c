using System.Text.Json;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Assignments;

/// <summary>The assignment that the host holds, durable before anything is done about it.</summary>
internal sealed class AssignmentFile(string path)
{
    /// <summary>
    /// Null if it never had one. Throws when the file is damaged: to go on without it would stop everything that runs.
    /// </summary>
    public async Task<AssignHost?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        await using var file = File.OpenRead(path);
        return await JsonSerializer.DeserializeAsync(file, AgentJson.Default.AssignHost, cancellationToken)
            ?? throw new InvalidDataException($"{path} holds no assignment.");
    }

    public Task WriteAsync(AssignHost assignment, CancellationToken cancellationToken) =>
        AtomicFile.WriteDurablyAsync(
            path,
            JsonSerializer.SerializeToUtf8Bytes(assignment, AgentJson.Default.AssignHost),
            cancellationToken
        );
}
