using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Orchestrator.HostAgent.Images;

/// <summary>
/// Reads along with whoever reads an archive, and refuses headers of more than <see cref="MaxHeader"/> before they are
/// read: an extended header or a long name says itself how large it is, and the library makes room for that at once. It
/// follows the framing of POSIX.1-2017 (ustar and pax): blocks of 512 bytes, a header and then so many bytes as that says.
/// </summary>
internal sealed class TarHeaderGuard(Stream archive) : Stream
{
    /// <summary>Names and attributes of a file that anybody made on purpose are far smaller.</summary>
    public const int MaxHeader = 1 << 20;

    private const int BlockSize = 512;
    private const int SizeOffset = 124;
    private const int SizeLength = 12;
    private const int TypeOffset = 156;
    private const string PaxSize = "size=";

    private readonly byte[] _block = new byte[BlockSize];
    private int _filled;
    private long _left;
    private MemoryStream? _pax;
    private long? _nextSize;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="ImageRefusedException">A header is too large.</exception>
    public override int Read(Span<byte> buffer)
    {
        var count = archive.Read(buffer);
        Follow(buffer[..count]);
        return count;
    }

    /// <inheritdoc cref="Read(Span{byte})"/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is ever written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Follow(ReadOnlySpan<byte> read)
    {
        while (!read.IsEmpty)
        {
            if (_left > 0)
            {
                var some = (int)Math.Min(_left, read.Length);
                _pax?.Write(read[..some]);
                _left -= some;
                read = read[some..];
                continue;
            }

            var taken = Math.Min(BlockSize - _filled, read.Length);
            read[..taken].CopyTo(_block.AsSpan(_filled));
            _filled += taken;
            read = read[taken..];
            if (_filled == BlockSize)
            {
                _filled = 0;
                EndPax();
                Begin();
            }
        }
    }

    private void Begin()
    {
        if (!_block.AsSpan().ContainsAnyExcept((byte)0))
        {
            return; // The end of the archive.
        }

        var (type, own) = ((char)_block[TypeOffset], SizeOf(_block.AsSpan(SizeOffset, SizeLength)));
        if (type is 'x' or 'g' or 'L' or 'K')
        {
            if (own > MaxHeader)
            {
                throw new ImageRefusedException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"A layer's archive has a header of {own} bytes, more than {MaxHeader}."
                    )
                );
            }

            _pax = type == 'x' ? new MemoryStream() : null;
        }

        var size = type is 'x' or 'g' or 'L' or 'K' ? own : _nextSize ?? own;
        _nextSize = type is 'x' or 'g' or 'L' or 'K' ? _nextSize : null;

        // Links and directories have no content, whatever their headers say.
        var hasContent = type is not ('1' or '2' or '3' or '4' or '5' or '6');
        _left = hasContent && size > 0 ? (size + BlockSize - 1) / BlockSize * BlockSize : 0;
    }

    /// <summary>What an extended header says of the size holds for the entry after it.</summary>
    private void EndPax()
    {
        if (_pax is null)
        {
            return;
        }

        var text = Encoding.Latin1.GetString(_pax.ToArray());
        _pax = null;
        foreach (var record in text.Split('\n'))
        {
            var key = record.IndexOf(' ', StringComparison.Ordinal) + 1;
            if (
                record.AsSpan(key).StartsWith(PaxSize, StringComparison.Ordinal)
                && long.TryParse(
                    record.AsSpan(key + PaxSize.Length),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var size
                )
            )
            {
                _nextSize = size;
            }
        }
    }

    /// <summary>In octal digits, or big-endian behind a set first bit. What is neither is for the library to refuse.</summary>
    private static long SizeOf(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            return BinaryPrimitives.ReadInt64BigEndian(field[^sizeof(long)..]);
        }

        var size = 0L;
        foreach (var digit in field)
        {
            if (digit is >= (byte)'0' and <= (byte)'7')
            {
                size = (size * 8) + (digit - '0');
            }
            else if (size > 0)
            {
                break;
            }
        }

        return size;
    }
}
