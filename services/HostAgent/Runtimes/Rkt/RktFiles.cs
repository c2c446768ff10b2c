using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>The directory of one container: what we know of it, and what its supervisor writes.</summary>
internal sealed record RktFiles(string ContainerId, string Directory)
{
    private const string Abandoned = "abandoned";
    private const int HashLength = 32;

    /// <summary>Its app is called so, which tells whose a pod is when its name was not yet written down.</summary>
    public string AppName =>
        $"c-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ContainerId)))[..HashLength]}";

    public bool Exists => System.IO.Directory.Exists(Directory);

    private string Note => Path.Combine(Directory, "note.json");

    private string Pod => Path.Combine(Directory, "uuid");

    /// <summary>Made by the supervisor, or by an agent that gives the launch up, whichever is first.</summary>
    private string Claim => Path.Combine(Directory, "claim");

    private string Exit => Path.Combine(Directory, "exit");

    /// <summary>Comes before anything that rkt is asked for. Whoever is here already keeps the name.</summary>
    /// <exception cref="RuntimeFailedException">There is such a container.</exception>
    public async Task BeginAsync(RktNote note, CancellationToken cancellationToken)
    {
        System.IO.Directory.CreateDirectory(Directory);
        await using var file = OpenNote();
        await JsonSerializer.SerializeAsync(file, note, RktNoteJson.Default.RktNote, cancellationToken);
    }

    /// <summary>Null if it was never begun, or the agent died while it wrote this.</summary>
    public RktNote? ReadNote()
    {
        try
        {
            return JsonSerializer.Deserialize(ReadText(Note) ?? "null", RktNoteJson.Default.RktNote);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public Task SavePodAsync(string pod, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(Pod, Encoding.ASCII.GetBytes(pod), cancellationToken);

    /// <summary>Null if it was not prepared, or the agent died before it could write that down.</summary>
    public string? ReadPod() => ReadText(Pod);

    /// <summary>Null until the supervisor has made its claim.</summary>
    public ProcessIdentity? ReadSupervisor() =>
        // Three with the empty one behind the last line break: anything less is not written to its end.
        ReadText(Claim)?.Split('\n')
            is [var process, var boot, ""]
        && int.TryParse(process.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && ProcessIdentity.ParseStat(process) is { } stat
            ? new ProcessIdentity(id, stat.StartTicks, boot)
            : null;

    public ProcessIdentity? FindSupervisor() => ReadSupervisor() is { IsAlive: true } process ? process : null;

    /// <summary>Takes the claim, so that a supervisor which a dead agent launched starts nothing any more.</summary>
    public void TakeClaim()
    {
        try
        {
            using var claim = new FileStream(Claim, FileMode.CreateNew, FileAccess.Write);
            claim.Write(Encoding.ASCII.GetBytes(Abandoned));
        }
        catch (IOException)
        {
            // A supervisor has it; or the directory is gone, and no supervisor can claim anything.
        }
    }

    /// <summary>What rkt, and so the program, ended with; null as long as that was not written down.</summary>
    public int? ReadExitCode() =>
        int.TryParse(ReadText(Exit)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? code
            : null;

    /// <summary>Of the supervisor itself, which is silent as long as all is well.</summary>
    public string ReadLaunchLog() => ReadText(Path.Combine(Directory, "launch.log"))?.Trim() ?? "";

    public void Delete()
    {
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Two take it away at once: what is gone is gone.
        }
    }

    private FileStream OpenNote()
    {
        try
        {
            return new FileStream(Note, FileMode.CreateNew, FileAccess.Write);
        }
        catch (IOException e) when (File.Exists(Note))
        {
            throw new RuntimeFailedException($"There is a container {ContainerId} already; remove it first.", e);
        }
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}

/// <summary>What an agent needs of a container that it did not start itself.</summary>
/// <param name="Environment">For programs that are run in it: rkt's fly starts those with no variable at all.</param>
/// <param name="HasShell">Whether the image has a shell for that.</param>
internal sealed record RktNote(IReadOnlyDictionary<string, string> Environment, bool HasShell);

[JsonSerializable(typeof(RktNote))]
internal sealed partial class RktNoteJson : JsonSerializerContext;
