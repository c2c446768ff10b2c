using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;

namespace Orchestrator.ControlPlane.Secrets;

/// <summary>
/// Encrypts secrets as they are stored: AES-256-GCM under a key that is beside the database and not in it. The name is
/// part of what is authenticated, so that no row can be put in another's place.
/// </summary>
internal sealed class SecretVault : IDisposable
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int IdLength = 8;
    private const string Format = "v1";

    private readonly AesGcm _cipher;

    /// <summary>Tells which key something is encrypted with, and nothing else about it.</summary>
    private readonly string _id;

    public SecretVault(byte[] key)
    {
        Debug.Assert(key.Length == KeyBytes, "Only ParseKey and NewKey make keys.");
        _cipher = new AesGcm(key, TagBytes);
        _id = Convert.ToHexStringLower(SHA256.HashData([.. "orchestrator key id "u8, .. key]))[..IdLength];
    }

    /// <param name="text">Of a key file: 32 bytes in base64.</param>
    /// <returns>Null if it is no key.</returns>
    public static byte[]? ParseKey(string text)
    {
        var key = new byte[KeyBytes + 1];
        return Convert.TryFromBase64String(text.Trim(), key, out var count) && count == KeyBytes ? key[..count] : null;
    }

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(KeyBytes);

    public static string Write(byte[] key) => Convert.ToBase64String(key) + "\n";

    public string Seal(SecretName name, ReadOnlySpan<byte> value)
    {
        var sealedBytes = new byte[NonceBytes + TagBytes + value.Length];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        _cipher.Encrypt(
            nonce,
            value,
            sealedBytes.AsSpan(NonceBytes + TagBytes),
            sealedBytes.AsSpan(NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(name.Value)
        );
        return $"{Format}:{_id}:{Convert.ToBase64String(sealedBytes)}";
    }

    /// <exception cref="CryptographicException">It was encrypted with another key, or somebody has changed it.</exception>
    public byte[] Open(Secret secret)
    {
        if (secret.Sealed.Split(':') is not [Format, var id, var text])
        {
            throw new CryptographicException(
                $"The secret {secret.Name} is stored in a way that this version does not know."
            );
        }

        if (id != _id)
        {
            throw new CryptographicException(
                $"The secret {secret.Name} is encrypted with the key {id}, and the key file has the key {_id}."
            );
        }

        var sealedBytes = Convert.FromBase64String(text);
        var value = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        _cipher.Decrypt(
            sealedBytes.AsSpan(0, NonceBytes),
            sealedBytes.AsSpan(NonceBytes + TagBytes),
            sealedBytes.AsSpan(NonceBytes, TagBytes),
            value,
            Encoding.UTF8.GetBytes(secret.Name.Value)
        );
        return value;
    }

    public void Dispose() => _cipher.Dispose();
}
