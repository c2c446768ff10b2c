using System.Text;

namespace Orchestrator.HostAgent.Platform;

/// <summary>Keeps the beginning of what is written, and takes the rest without keeping it, so that nobody blocks.</summary>
internal sealed class BoundedBuffer(int limit) : WriteOnlyStream
{
    private readonly MemoryStream _kept = new();

    public bool IsCut { get; private set; }

    public override long Length => _kept.Length;

    /// <summary>What is no UTF-8, also a character cut in two at the end, is replaced.</summary>
    public string ToText() => Encoding.UTF8.GetString(_kept.GetBuffer(), 0, (int)_kept.Length);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var room = Math.Min(buffer.Length, limit - (int)_kept.Length);
        _kept.Write(buffer[..room]);
        IsCut |= room < buffer.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
        // It is there.
    }
}
