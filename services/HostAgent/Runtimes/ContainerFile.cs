namespace Orchestrator.HostAgent.Runtimes;

/// <summary>A file to put into a running container, in place of what is there.</summary>
internal sealed record ContainerFile
{
    private const int MaxPathLength = 1024;
    private const int MaxNameLength = 255;

    /// <summary>What the kernel keeps there is no place for files.</summary>
    private static readonly string[] Taken = ["/proc", "/sys", "/dev"];

    private ContainerFile(string path, UnixFileMode mode, Stream content) =>
        (Path, Mode, Content) = (path, mode, content);

    /// <summary>Absolute, in a directory that exists.</summary>
    public string Path { get; }

    /// <summary>Permission bits alone.</summary>
    public UnixFileMode Mode { get; }

    /// <summary>From where it stands to its end; it knows its length.</summary>
    public Stream Content { get; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Directory => Path.LastIndexOf('/') is > 0 and var end ? Path[..end] : "/";

    /// <exception cref="RuntimeFailedException">It could mean something else to some runtime, or lend somebody's rights.</exception>
    public static ContainerFile Of(string path, int mode, Stream content)
    {
        var parts = path.Split('/');
        var isPlain =
            path.Length <= MaxPathLength
            && parts is ["", _, ..]
            && parts.Skip(1).All(part => part is not ("" or "." or "..") && part.Length <= MaxNameLength)
            && !path.Any(char.IsControl);
        if (
            !isPlain
            || Array.Exists(Taken, taken => path == taken || path.StartsWith(taken + "/", StringComparison.Ordinal))
        )
        {
            throw new RuntimeFailedException("Nothing can be copied there: it must be the absolute path of a file.");
        }

        const int permissions = 0x1FF; // 0777
        return (mode & ~permissions) == 0
            ? new ContainerFile(path, (UnixFileMode)mode, content)
            : throw new RuntimeFailedException("A file's mode has permissions and nothing else: 0000 to 0777.");
    }
}
