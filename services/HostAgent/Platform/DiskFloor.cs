using System.Globalization;

namespace Orchestrator.HostAgent.Platform;

/// <summary>Room on a disk that stays free for what must be written.</summary>
/// <param name="freeBytes">How much is free now.</param>
/// <param name="bytes">How much stays free.</param>
internal sealed class DiskFloor(Func<long> freeBytes, long bytes)
{
    private const long Mebibyte = 1024 * 1024;

    public bool IsBelow => freeBytes() < bytes;

    /// <param name="path">Exists on that disk.</param>
    public static DiskFloor Of(string path, long mebibytes) =>
        new(() => new DriveInfo(path).AvailableFreeSpace, mebibytes * Mebibyte);

    /// <exception cref="IOException">No more must be written than there has to be.</exception>
    public void Check()
    {
        if (freeBytes() is var free && free < bytes)
        {
            throw new IOException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"only {free / Mebibyte} MiB are free on the disk, and {bytes / Mebibyte} are kept free"
                )
            );
        }
    }
}
