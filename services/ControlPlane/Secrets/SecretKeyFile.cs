using Orchestrator.ControlPlane.Hosting;

namespace Orchestrator.ControlPlane.Secrets;

/// <summary>
/// Where the key of the vault is. Replicas must have the same one, so only a program that is alone makes it by itself.
/// </summary>
internal static class SecretKeyFile
{
    private const string Name = "secrets.key";

    /// <summary>Null if no key file is named, and secrets cannot be used.</summary>
    /// <exception cref="InvalidOperationException">It is there and no key, or others may read it.</exception>
    public static SecretVault? Open(ControlPlaneOptions options)
    {
        var path = options.SecretsKeyFile;
        if (path.Length == 0 && options.IsEmbedded)
        {
            path = Path.Combine(options.DataDirectory, Name);
            PrivateFile.MakeUnlessThere(path, SecretVault.Write(SecretVault.NewKey()));
        }

        return path.Length == 0 ? null : Read(path);
    }

    private static SecretVault Read(string path)
    {
        var key =
            SecretVault.ParseKey(PrivateFile.Read(path, "The key of secrets"))
            ?? throw new InvalidOperationException(
                $"{path} holds no key of secrets; make one: (umask 077; openssl rand -base64 32 > FILE)"
            );
        return new SecretVault(key);
    }
}
