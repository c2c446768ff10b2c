using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.ControlPlane.Webhooks;

/// <summary>Signs what is sent, as the Standard Webhooks specification has it: whoever has the key knows that it is from us, and when.</summary>
internal sealed class SigningKey
{
    private const string Prefix = "whsec_";
    private const int LeastBytes = 24;
    private const int MostBytes = 64;
    private const int NewBytes = 32;

    private readonly byte[] _key;

    private SigningKey(byte[] key) => _key = key;

    /// <summary>Null if the text is no key.</summary>
    public static SigningKey? Parse(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        Span<byte> key = stackalloc byte[MostBytes];
        return Convert.TryFromBase64String(text[Prefix.Length..], key, out var length) && length >= LeastBytes
            ? new SigningKey(key[..length].ToArray())
            : null;
    }

    /// <summary>The text of a new key.</summary>
    public static string New() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NewBytes));

    /// <summary>The header <c>webhook-signature</c>: over id, time in seconds since 1970, and body.</summary>
    public string Sign(string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(Encoding.ASCII.GetBytes($"{id}.{timestamp}."));
        hash.AppendData(body);
        return $"v1,{Convert.ToBase64String(hash.GetHashAndReset())}";
    }
}
