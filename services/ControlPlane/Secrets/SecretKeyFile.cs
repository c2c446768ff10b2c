using System.Text;
using Orchestrator.ControlPlane.Hosting;

namespace Orchestrator.ControlPlane.Secrets;

/// <summary>
/// Where the key of the vault is. Replicas must have the same one, so only a program that is alone makes it by itself.
/// </summary>
internal static class SecretKeyFile
{
    private const string Name = "secrets.key";

    private const UnixFileMode Everybody =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <summary>Null if no key file is named, and secrets cannot be used.</summary>
    /// <exception cref="InvalidOperationException">It is there and no key, or others may read it.</exception>
    public static SecretVault? Open(ControlPlaneOptions options)
    {
        var path = options.SecretsKeyFile;
        if (path.Length == 0 && options.IsEmbedded)
        {
            path = Path.Combine(options.DataDirectory, Name);
            Make(path);
        }

        return path.Length == 0 ? null : Read(path);
    }

    private static SecretVault Read(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Everybody) != UnixFileMode.None)
        {
            throw new InvalidOperationException(
                $"The key of secrets in {path} may be read by others than its owner; chmod 600 it."
            );
        }

        var key =
            SecretVault.ParseKey(File.ReadAllText(path))
            ?? throw new InvalidOperationException(
                $"{path} holds no key of secrets; make one: (umask 077; openssl rand -base64 32 > FILE)"
            );
        return new SecretVault(key);
    }

    private static void Make(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "/");
        using var file = new FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(SecretVault.Write(SecretVault.NewKey())));
        file.Flush(flushToDisk: true);
    }
}
