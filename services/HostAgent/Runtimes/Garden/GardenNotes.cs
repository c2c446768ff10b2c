using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>
/// What an agent must know of a container that Garden does not tell: one file each. They survive the agent, and need not
/// survive a power cut, as the containers do not.
/// </summary>
internal sealed class GardenNotes(string directory) : IDisposable
{
    private const string Extension = ".json";

    /// <summary>A program can end, and that be noted, while its start is.</summary>
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Garden makes the handle the container's host name, which has no room for more.</summary>
    private const int MaxHandleLength = 49;

    private const int ReadableLength = 16;
    private const int HashLength = 32;

    /// <summary>Of all containers that were begun and not removed.</summary>
    public IEnumerable<GardenNote> All =>
        Directory
            .EnumerateFiles(directory, "*" + Extension)
            .Select(path => Find(Path.GetFileNameWithoutExtension(path)))
            .OfType<GardenNote>();

    /// <summary>As Garden calls a container of ours. A handle is its own handle.</summary>
    public static string HandleOf(string containerId)
    {
        if (
            containerId.Length is > 0 and <= MaxHandleLength
            && char.IsAsciiLetterOrDigit(containerId[0]) // It becomes a file name: no dots at its beginning.
            && containerId.All(IsPlain)
        )
        {
            return containerId;
        }

        var readable = string.Concat(containerId.Where(IsPlain).SkipWhile(one => one == '.').Take(ReadableLength));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(containerId)))[..HashLength];
        return $"{readable}-{hash}";
    }

    public void Prepare()
    {
        Directory.CreateDirectory(directory);
        AtomicFile.Sweep(directory);
    }

    public GardenNote? Find(string handle)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(handle)), GardenNoteJson.Default.GardenNote);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null; // Never written, or cut short by a power cut, which its container did not survive either.
        }
    }

    public async Task SaveAsync(GardenNote note, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await WriteAsync(note, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Changes what is noted; of one that was removed meanwhile nothing comes back.</summary>
    public async Task UpdateAsync(
        string handle,
        Func<GardenNote, GardenNote> change,
        CancellationToken cancellationToken
    )
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (Find(handle) is { } note)
            {
                await WriteAsync(change(note), cancellationToken);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public async Task DeleteAsync(string handle, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            File.Delete(PathOf(handle));
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();

    private Task WriteAsync(GardenNote note, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(
            PathOf(HandleOf(note.ContainerId)),
            JsonSerializer.SerializeToUtf8Bytes(note, GardenNoteJson.Default.GardenNote),
            cancellationToken
        );

    private string PathOf(string handle) => Path.Combine(directory, handle + Extension);

    private static bool IsPlain(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_';
}

internal sealed record GardenNote
{
    public required string ContainerId { get; init; }

    public required string LogPath { get; init; }

    /// <summary>For whatever is run in it later.</summary>
    public required string User { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>Its program was seen running.</summary>
    public required bool IsStarted { get; init; }

    /// <summary>Once it is known: Garden may forget it.</summary>
    public ContainerExit? Exit { get; init; }
}

[JsonSerializable(typeof(GardenNote))]
internal sealed partial class GardenNoteJson : JsonSerializerContext;
