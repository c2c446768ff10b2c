using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.ControlPlane.Secrets;

/// <summary>Encrypts for one host, as the contract says; each message has an ephemeral key of its own.</summary>
internal sealed class HostEnvelope : IDisposable
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly AesGcm _cipher;
    private readonly byte[] _publicKey;

    /// <param name="hostKey">In base64, as the host reports it.</param>
    /// <exception cref="CryptographicException">It is no such key.</exception>
    /// <exception cref="FormatException">It is not base64.</exception>
    public HostEnvelope(string hostKey)
    {
        using var host = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        host.ImportSubjectPublicKeyInfo(Convert.FromBase64String(hostKey), out _);
        using var own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        _publicKey = own.PublicKey.ExportSubjectPublicKeyInfo();
        var agreed = own.DeriveRawSecretAgreement(host.PublicKey);
        var key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            agreed,
            KeyBytes,
            salt: _publicKey,
            "orchestrator-secret"u8.ToArray()
        );
        _cipher = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(agreed);
        CryptographicOperations.ZeroMemory(key);
    }

    public string Seal(string name, ReadOnlySpan<byte> value)
    {
        var start = _publicKey.Length;
        var envelope = new byte[start + NonceBytes + TagBytes + value.Length];
        _publicKey.CopyTo(envelope, 0);
        var nonce = envelope.AsSpan(start, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        _cipher.Encrypt(
            nonce,
            value,
            envelope.AsSpan(start + NonceBytes + TagBytes),
            envelope.AsSpan(start + NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(name)
        );
        return Convert.ToBase64String(envelope);
    }

    public void Dispose() => _cipher.Dispose();
}
