using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>A small file system in memory at a directory, until it is disposed.</summary>
internal sealed class FullDisk : IDisposable
{
    private readonly string _directory;

    private FullDisk(string directory) => _directory = directory;

    private string Filler => Path.Combine(_directory, "filler");

    public static async Task<FullDisk> MountAsync(string directory, int mebibytes)
    {
        Assert.SkipWhen(Libc.EffectiveUserId != 0, "mounting needs root");
        Directory.CreateDirectory(directory);
        var mounted = await Tool.RunAsync(
            "mount",
            ["-t", "tmpfs", "-o", $"size={mebibytes}m", "full", directory],
            TestContext.Current.CancellationToken
        );
        Assert.SkipUnless(mounted.HasSucceeded, $"nothing can be mounted here: {mounted.Errors}");
        return new FullDisk(directory);
    }

    /// <summary>Until not a byte more fits.</summary>
    public void Fill() => Fill(Filler);

    public void Empty() => File.Delete(Filler);

    public static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        while (TryWrite(file, block))
        {
            // The last one is written as far as it fits.
        }
    }

    public void Dispose() => Tool.RunAsync("umount", ["--lazy", _directory], CancellationToken.None).Wait();

    private static bool TryWrite(FileStream file, byte[] block)
    {
        try
        {
            file.Write(block);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
