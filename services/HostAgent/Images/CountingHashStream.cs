using System.Security.Cryptography;

namespace Orchestrator.HostAgent.Images;

/// <summary>Hashes and counts all that is read through it, and lets the reader object while it goes on.</summary>
internal sealed class CountingHashStream(Stream inner, Action<long> onCount) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is left, such as the padding behind an archive, and gives the digest of everything.</summary>
    public Sha256Digest Finish()
    {
        var buffer = new byte[64 * 1024];
        while (Read(buffer) > 0)
        {
            // Reading is hashing.
        }

        return Sha256Digest.FromHash(_hash.GetHashAndReset());
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        _hash.AppendData(buffer[..count]);
        Count += count;
        onCount(Count);
        return count;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
