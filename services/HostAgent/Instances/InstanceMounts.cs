using System.Globalization;
using System.Text;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// What instances find beside their images: small files, which go with the container, directories that the host keeps
/// for a service at a stage, and parts of the host as far as it allows them, whatever an assignment says.
/// </summary>
internal sealed class InstanceMounts(HostDirectory directory, IReadOnlyList<string> allowedHostPaths)
{
    /// <summary>As manifests have it. Each is a mount of the kernel, of which a machine has no end of room but little joy.</summary>
    public const int MaxMounts = 64;

    private const int MaxNameLength = 63;
    private const int MaxMode = 0x1FF; // 0777: no bit that lends anybody's rights.

    /// <summary>Whoever an image runs as may write; that nobody else of this machine may is up to the data directory.</summary>
    private const UnixFileMode Everybody = (UnixFileMode)MaxMode;

    private static readonly string[] Taken = ["/proc", "/sys", "/dev"];

    /// <summary>Makes what is not there yet.</summary>
    /// <exception cref="RuntimeFailedException">Something is asked for that this host does not give.</exception>
    public IReadOnlyList<ContainerMount> Prepare(InstanceRecord record)
    {
        var files = record.Spec.Container?.Files ?? [];
        var volumes = record.Spec.Container?.Volumes ?? [];
        var count = files.Count + volumes.Count + (record.Spec.Container?.Secrets?.Count ?? 0);
        if (count > MaxMounts)
        {
            throw new RuntimeFailedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"It asks for {count} files, volumes and secrets, and a host makes {MaxMounts} at most."
                )
            );
        }

        foreach (var path in files.Select(file => file.Path).Concat(volumes.Select(volume => volume.Path)))
        {
            CheckTarget(path);
        }

        return
        [
            .. files.Select((file, index) => MakeFile(record.ContainerId, file, index)),
            .. volumes.Select(volume => Mount(record.Spec, volume)),
        ];
    }

    /// <summary>What went with the container.</summary>
    public void Delete(string containerId)
    {
        var path = Path.Combine(directory.Mounts, containerId);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Takes away what containers left that nobody knows any more.</summary>
    public void Sweep(IReadOnlySet<string> known)
    {
        if (!Directory.Exists(directory.Mounts))
        {
            return;
        }

        foreach (
            var id in Directory.EnumerateDirectories(directory.Mounts).Select(path => Path.GetFileName(path)).ToList()
        )
        {
            if (!known.Contains(id))
            {
                Delete(id);
            }
        }
    }

    private ContainerMount.Bind MakeFile(string containerId, AssignedFile file, int index)
    {
        var own = Path.Combine(directory.Mounts, containerId);
        Directory.CreateDirectory(own);
        var path = Path.Combine(own, index.ToString(CultureInfo.InvariantCulture));
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(file.Content));
        File.SetUnixFileMode(path, (UnixFileMode)(file.Mode & MaxMode));
        return new ContainerMount.Bind(file.Path, path, IsReadOnly: true);
    }

    private ContainerMount Mount(AssignedInstance spec, AssignedVolume volume) =>
        volume switch
        {
            { Name: { } name } => new ContainerMount.Bind(volume.Path, MakeVolume(spec, name), volume.IsReadOnly),
            { HostPath: { } path } => new ContainerMount.Bind(volume.Path, Allowed(path), volume.IsReadOnly),
            { TemporaryMebibytes: > 0 and var size } => new ContainerMount.Memory(volume.Path, size),
            _ => throw new RuntimeFailedException(
                $"It does not say what it wants at '{volume.Path}', or not so that this agent knows."
            ),
        };

    private string MakeVolume(AssignedInstance spec, string name)
    {
        if (name.Length > MaxNameLength || name.Length == 0 || !name.All(IsOfName))
        {
            throw new RuntimeFailedException($"A volume cannot be called '{name}'.");
        }

        var path = Path.Combine(directory.Volumes, $"{spec.Service}.{spec.Stage}", name);
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, Everybody);
        }

        return path;
    }

    /// <summary>Its place with all links followed, so that none leads out of what is allowed.</summary>
    private string Allowed(string path)
    {
        var real = RootedPath.Resolve("/", path, followLast: true);
        var isAllowed = allowedHostPaths
            .Select(allowed => RootedPath.Resolve("/", allowed, followLast: true))
            .Any(allowed => real == allowed || real.StartsWith(allowed.TrimEnd('/') + "/", StringComparison.Ordinal));
        if (!isAllowed)
        {
            throw new RuntimeFailedException(
                $"It asks for the host's '{path}', which Agent:AllowedHostPaths does not allow here."
            );
        }

        return Path.Exists(real) ? real : throw new RuntimeFailedException($"The host has no '{path}'.");
    }

    /// <exception cref="RuntimeFailedException">It could mean something else to some runtime.</exception>
    public static void CheckTarget(string path)
    {
        var isPlain =
            path.Length > 1
            && path[0] == '/'
            && path[1..].Split('/').All(part => part is not ("" or "." or "..") && part.All(IsOfPath));
        if (
            !isPlain
            || Array.Exists(Taken, taken => path == taken || path.StartsWith(taken + "/", StringComparison.Ordinal))
        )
        {
            throw new RuntimeFailedException($"Nothing can be mounted at '{path}'.");
        }
    }

    private static bool IsOfName(char one) => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one) || one == '-';

    /// <summary>Nothing that separates options of a mount, for any runtime.</summary>
    private static bool IsOfPath(char one) => char.IsAsciiLetterOrDigit(one) || one is '.' or '_' or '@' or '+' or '-';
}
