using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.HostAgent.Secrets;

/// <summary>
/// The key of this host, with which it alone opens secrets that are sent to it. It is made at the first start and never
/// leaves the data directory; what the agent keeps of secrets stays encrypted with it.
/// </summary>
internal sealed class HostKey : IDisposable
{
    private const int PublicKeyBytes = 91;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;

    private readonly ECDiffieHellman _key;

    private HostKey(ECDiffieHellman key) => _key = key;

    /// <summary>As the contract has it.</summary>
    public string PublicKey => Convert.ToBase64String(_key.PublicKey.ExportSubjectPublicKeyInfo());

    /// <exception cref="InvalidDataException">What is there is no key.</exception>
    public static HostKey Open(string path)
    {
        var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            if (File.Exists(path))
            {
                key.ImportFromPem(File.ReadAllText(path));
            }
            else
            {
                Write(path, key.ExportPkcs8PrivateKeyPem());
            }

            return new HostKey(key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new InvalidDataException($"{path} holds no key. Delete it, and the agent makes another.", e);
        }
    }

    /// <exception cref="CryptographicException">It is not for this host, or somebody has changed it.</exception>
    /// <exception cref="FormatException">It is not what the contract says.</exception>
    public byte[] Unseal(string name, string text)
    {
        var envelope = Convert.FromBase64String(text);
        if (envelope.Length < PublicKeyBytes + NonceBytes + TagBytes)
        {
            throw new FormatException("It is too short.");
        }

        var theirs = envelope[..PublicKeyBytes];
        using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        other.ImportSubjectPublicKeyInfo(theirs, out _);
        var agreed = _key.DeriveRawSecretAgreement(other.PublicKey);
        using var cipher = new AesGcm(
            HKDF.DeriveKey(HashAlgorithmName.SHA256, agreed, KeyBytes, theirs, "orchestrator-secret"u8.ToArray()),
            TagBytes
        );
        var rest = envelope.AsSpan(PublicKeyBytes);
        var value = new byte[rest.Length - NonceBytes - TagBytes];
        cipher.Decrypt(
            rest[..NonceBytes],
            rest[(NonceBytes + TagBytes)..],
            rest.Slice(NonceBytes, TagBytes),
            value,
            Encoding.UTF8.GetBytes(name)
        );
        return value;
    }

    public void Dispose() => _key.Dispose();

    /// <summary>Whole or not at all: half a key would be taken for none of ours.</summary>
    private static void Write(string path, string text)
    {
        var temporary = path + ".tmp";
        File.Delete(temporary);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path);
    }
}
