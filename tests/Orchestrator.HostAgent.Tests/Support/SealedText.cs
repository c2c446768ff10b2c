using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>Encrypts for a host as the contract says, written anew.</summary>
internal static class SealedText
{
    public static string For(string hostKey, string name, byte[] value)
    {
        using var host = ECDiffieHellman.Create();
        host.ImportSubjectPublicKeyInfo(Convert.FromBase64String(hostKey), out _);
        using var own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = own.PublicKey.ExportSubjectPublicKeyInfo();
        using var cipher = new AesGcm(
            HKDF.DeriveKey(
                HashAlgorithmName.SHA256,
                own.DeriveRawSecretAgreement(host.PublicKey),
                outputLength: 32,
                salt: publicKey,
                info: Encoding.ASCII.GetBytes("orchestrator-secret")
            ),
            tagSizeInBytes: 16
        );
        var (nonce, tag, text) = (RandomNumberGenerator.GetBytes(12), new byte[16], new byte[value.Length]);
        cipher.Encrypt(nonce, value, text, tag, Encoding.UTF8.GetBytes(name));
        return Convert.ToBase64String([.. publicKey, .. nonce, .. tag, .. text]);
    }
}
