using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Secrets;

/// <summary>Where files of secrets are: in memory, and for nobody but the agent.</summary>
internal static class SecretsPlace
{
    private const int HashLength = 16;
    private const string Name = "orchestrator-agent";

    [SuppressMessage("Security", "S5443", Justification = "What is made there is taken over and closed to others.")]
    private const string SharedMemory = "/dev/shm";

    private const string OfSystem = "/run";
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The file systems that have no disk of their own.</summary>
    private static readonly string[] InMemory = ["tmpfs", "ramfs"];

    /// <summary>A directory for each host: two of one machine may have the same name, but never the same data directory.</summary>
    public static string Of(HostAgentOptions options)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(options.DataDirectory)));
        var parent = options.SecretsDirectory.Length > 0 ? options.SecretsDirectory : Path.Combine(Usual(), Name);
        return Path.Combine(parent, Convert.ToHexStringLower(hash)[..HashLength]);
    }

    public static bool IsInMemory(string path) =>
        InMemory.Contains(new DriveInfo(path).DriveFormat, StringComparer.Ordinal);

    /// <summary>Where everybody may make directories, somebody may have made this one; then it is ours from here on.</summary>
    /// <exception cref="RuntimeFailedException">It leads elsewhere.</exception>
    public static void Make(string path)
    {
        Directory.CreateDirectory(path);
        if (new DirectoryInfo(path).LinkTarget is not null)
        {
            throw new RuntimeFailedException($"{path}, where secrets belong, leads elsewhere.");
        }

        if (Libc.EffectiveUserId == 0)
        {
            Libc.ChangeOwner(path, userId: 0, groupId: 0);
        }

        File.SetUnixFileMode(path, OwnerAlone);
    }

    private static string Usual() =>
        Libc.EffectiveUserId == 0 && Directory.Exists(OfSystem) && IsInMemory(OfSystem) ? OfSystem : SharedMemory;
}
