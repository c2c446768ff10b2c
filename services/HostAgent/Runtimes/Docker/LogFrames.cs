using System.Buffers;
using System.Buffers.Binary;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>
/// Takes the frames of a log apart, however the connection has cut them: <c>[1|2, 0, 0, 0][length, big-endian]</c> and so
/// many bytes. A frame is one line, or a part of one. One that is very long comes in several pieces, so that what it
/// claims to hold is never kept in memory.
/// </summary>
internal sealed class LogFrames
{
    /// <summary>Docker cuts lines at 16 KiB and Podman at 8, so this is a whole frame nearly always.</summary>
    public const int MaxPieceBytes = 32 * 1024;

    private const int HeaderBytes = 8;
    private const int LengthOffset = 4;
    private const byte Output = 1;
    private const byte Errors = 2;

    private long _left;
    private bool _isError;
    private bool _isFirst;

    /// <summary>Whether the bytes so far end where a frame does.</summary>
    public bool IsBetweenFrames => _left == 0;

    /// <summary>Takes the next piece off the front of the buffer; null if it is not there yet.</summary>
    /// <exception cref="InvalidDataException">These are no frames.</exception>
    public FramePiece? Read(ref ReadOnlySequence<byte> buffer)
    {
        while (_left == 0)
        {
            if (buffer.Length < HeaderBytes)
            {
                return null;
            }

            ReadHeader(buffer.Slice(0, HeaderBytes));
            buffer = buffer.Slice(HeaderBytes);
        }

        var length = Math.Min(_left, MaxPieceBytes);
        if (buffer.Length < length)
        {
            return null;
        }

        _left -= length;
        var piece = new FramePiece(buffer.Slice(0, length).ToArray(), _isError, _isFirst, IsLast: _left == 0);
        buffer = buffer.Slice(length);
        _isFirst = false;
        return piece;
    }

    private void ReadHeader(ReadOnlySequence<byte> bytes)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        bytes.CopyTo(header);
        if (header[0] is not (Output or Errors) || header[1..LengthOffset].ContainsAnyExcept((byte)0))
        {
            throw new InvalidDataException($"A frame of a log begins with {Convert.ToHexStringLower(header)}.");
        }

        _isError = header[0] == Errors;
        _isFirst = true;
        _left = BinaryPrimitives.ReadUInt32BigEndian(header[LengthOffset..]);
    }
}

/// <summary>A frame, or a piece of one that is very long.</summary>
internal sealed record FramePiece(ReadOnlyMemory<byte> Content, bool IsError, bool IsFirst, bool IsLast);
