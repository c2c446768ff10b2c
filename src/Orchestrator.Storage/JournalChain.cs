using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Storage;

internal sealed record ChainedEntry(long Sequence, JournalEntry Entry, byte[] Hash);

/// <summary>The last entry of a chain.</summary>
internal sealed record ChainHead(long Sequence, byte[] Hash)
{
    /// <summary>What the first entry is chained to.</summary>
    public static readonly ChainHead Genesis = new(Sequence: 0, new byte[SHA256.HashSizeInBytes]);
}

/// <summary>
/// Numbers entries and chains them: a hash is SHA-256 over the hash before it, then each field in UTF-8 behind its length
/// in bytes (32 bits, big-endian), so that no two different entries are hashed from the same bytes.
/// </summary>
internal sealed class JournalChain(string cell, ChainHead head)
{
    public ChainHead Head { get; private set; } = head;

    public ChainedEntry Add(JournalEntry entry)
    {
        var sequence = Head.Sequence + 1;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Head.Hash);
        Append(hash, cell);
        Append(hash, sequence.ToString(CultureInfo.InvariantCulture));
        Append(hash, Instant.ToStored(entry.At).ToString(CultureInfo.InvariantCulture));
        Append(hash, entry.Actor);
        Append(hash, entry.Action);
        Append(hash, entry.Subject);
        Append(hash, entry.Reason);

        var chained = new ChainedEntry(sequence, entry, hash.GetHashAndReset());
        Head = new ChainHead(sequence, chained.Hash);
        return chained;
    }

    private static void Append(IncrementalHash hash, string field)
    {
        var bytes = Encoding.UTF8.GetBytes(field);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
