using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent;

/// <summary>The data directory of one host, held by one agent at a time.</summary>
internal sealed class HostDirectory : IDisposable
{
    /// <summary>A child of an agent that was killed has its lock until it begins its own program: some two seconds in all.</summary>
    private const int MostAttempts = 20;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(100);

    private readonly string _root;
    private readonly FileStream _lock;

    private HostDirectory(string root, FileStream @lock) => (_root, _lock) = (root, @lock);

    public string Assignment => Path.Combine(_root, "assignment.json");

    public string Records => Path.Combine(_root, "instances");

    public string Images => Path.Combine(_root, "images");

    public string Key => Path.Combine(_root, "host.key");

    /// <summary>Small files of instances, one directory per container.</summary>
    public string Mounts => Path.Combine(_root, "mounts");

    /// <summary>What the host keeps for services, however their instances come and go.</summary>
    public string Volumes => Path.Combine(_root, "volumes");

    public string Logs => Path.Combine(_root, "logs");

    /// <exception cref="IOException">Another agent holds it.</exception>
    public static async Task<HostDirectory> OpenAsync(string path, CancellationToken cancellationToken)
    {
        for (var left = MostAttempts; left > 1; left--)
        {
            try
            {
                return Open(path);
            }
            catch (IOException)
            {
                await Task.Delay(BetweenAttempts, cancellationToken);
            }
        }

        return Open(path);
    }

    /// <exception cref="IOException">Another agent holds it, or one that was killed is not gone yet.</exception>
    public static HostDirectory Open(string path)
    {
        var root = Path.GetFullPath(path);
        Directory.CreateDirectory(root);
        // Bundles hold environments, and those hold secrets; unpacked images are no business of other users either.
        File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new HostDirectory(
            root,
            new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
        );
    }

    public string RuntimeDirectory(string runtime) => Path.Combine(_root, runtime);

    /// <summary>Instances of another runtime would be neither seen nor stopped, so they must be gone first.</summary>
    /// <exception cref="RuntimeFailedException">The host was run with another runtime.</exception>
    public void ClaimFor(string runtime)
    {
        var path = Path.Combine(_root, "runtime");
        var before = File.Exists(path) ? File.ReadAllText(path).Trim() : runtime;
        if (!string.Equals(before, runtime, StringComparison.Ordinal))
        {
            throw new RuntimeFailedException(
                $"'{_root}' belongs to a host with the runtime '{before}'; give '{runtime}' a directory of its own."
            );
        }

        if (!File.Exists(path)) // Written again on a full disk it would be lost.
        {
            File.WriteAllText(path, runtime);
        }
    }

    public void Dispose() => _lock.Dispose();
}
