using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Logs;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>The watches over this host's containers, one each, begun by the start or when an agent first asks.</summary>
internal sealed partial class GardenWatches(
    GardenClient client,
    GardenStreams streams,
    GardenNotes notes,
    TimeProvider clock,
    ILogger logger
) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, GardenWatch> _byHandle = new(StringComparer.Ordinal);

    /// <summary>Over a process that was just started.</summary>
    public void Begin(string handle, GardenNote note, GardenProcess started)
    {
        var watch = New(handle, note);
        lock (_lock)
        {
            _byHandle[handle] = watch;
        }

        watch.Begin(started);
    }

    /// <summary>Over whatever the container has, which may be nothing.</summary>
    public GardenWatch Of(string handle)
    {
        lock (_lock)
        {
            if (_byHandle.TryGetValue(handle, out var known))
            {
                return known;
            }

            var note = notes.Find(handle);
            var watch = New(handle, note);
            _byHandle[handle] = watch;
            if (note?.Exit is { } exit)
            {
                watch.End(exit);
            }
            else
            {
                watch.Begin(started: null);
            }

            return watch;
        }
    }

    public GardenWatch? Find(string handle)
    {
        lock (_lock)
        {
            return _byHandle.GetValueOrDefault(handle);
        }
    }

    /// <summary>Ends it; who asks again has a new one.</summary>
    public void Forget(string handle, GardenWatch watch)
    {
        lock (_lock)
        {
            if (_byHandle.GetValueOrDefault(handle) == watch)
            {
                _byHandle.Remove(handle);
            }
        }

        watch.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var watch in _byHandle.Values)
            {
                watch.Dispose();
            }

            _byHandle.Clear();
        }
    }

    /// <param name="note">Null if it was lost: then nobody knows where the log would be.</param>
    private GardenWatch New(string handle, GardenNote? note) =>
        new(
            streams,
            handle,
            note is null ? null : new TaggedLog(note.LogPath, clock),
            (status, token) => ConcludeAsync(handle, status, token),
            logger
        );

    private async Task<ContainerExit> ConcludeAsync(string handle, int status, CancellationToken cancellationToken)
    {
        var exit = new ContainerExit(status, await IsOutOfMemoryAsync(handle, cancellationToken));
        try
        {
            await notes.UpdateAsync(handle, note => note with { IsStarted = true, Exit = exit }, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotNoted(handle, e.Message); // Garden tells it again, unless it has forgotten.
        }

        return exit;
    }

    private async Task<bool> IsOutOfMemoryAsync(string handle, CancellationToken cancellationToken)
    {
        try
        {
            return await client.FindAsync(handle, cancellationToken) is { IsOutOfMemory: true };
        }
        catch (RuntimeFailedException e) when (GardenRefusedException.IsReasonOf(e))
        {
            return false; // It is being destroyed: then memory is not what ended it.
        }
    }

    [LoggerMessage(LogLevel.Error, "How {Handle} ended could not be written down: {Reason}")]
    private partial void LogNotNoted(string handle, string reason);
}
