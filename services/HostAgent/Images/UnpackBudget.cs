namespace Orchestrator.HostAgent.Images;

/// <summary>What unpacking one image may cost at most, so that a small bomb cannot fill the disk.</summary>
internal sealed class UnpackBudget(UnpackLimits limits)
{
    private long _entries;
    private long _bytes;

    public void TakeEntry()
    {
        if (++_entries > limits.MaxEntries)
        {
            throw new ImageRefusedException($"The image has more than {limits.MaxEntries} files.");
        }
    }

    public void TakeBytes(long count)
    {
        _bytes += count;
        if (_bytes > limits.MaxBytes)
        {
            throw new ImageRefusedException($"The image unpacks to more than {limits.MaxBytes} bytes.");
        }
    }

    /// <param name="compressed">Bytes of the layer's blob.</param>
    /// <param name="uncompressed">Bytes it has become so far.</param>
    public void CheckRatio(long compressed, long uncompressed)
    {
        if (uncompressed > limits.RatioFreeBytes && uncompressed / limits.MaxRatio > compressed)
        {
            throw new ImageRefusedException($"A layer unpacks to more than {limits.MaxRatio} times its size.");
        }
    }
}

internal sealed record UnpackLimits
{
    public static readonly UnpackLimits Default = new();

    /// <summary>Several times what a whole distribution has.</summary>
    public long MaxEntries { get; init; } = 1_000_000;

    /// <summary>Larger than any image seen in practice.</summary>
    public long MaxBytes { get; init; } = 16L * 1024 * 1024 * 1024;

    /// <summary>Real layers reach 10, sparse database files 100; gzip itself can do 1,000.</summary>
    public long MaxRatio { get; init; } = 200;

    /// <summary>Up to here the ratio does not matter.</summary>
    public long RatioFreeBytes { get; init; } = 64L * 1024 * 1024;
}
