namespace Orchestrator.HostAgent.Logs;

/// <summary>
/// Bounds logs that processes write by themselves. They must not be interrupted or asked to open another file, so a full
/// log is copied aside and cut to nothing; they append, and go on at its beginning. What is written between copy and cut
/// is lost.
/// </summary>
internal static class LogRotation
{
    public const long MaxBytes = 8 * 1024 * 1024;

    /// <summary>Cuts every log below a directory that is full.</summary>
    public static void Rotate(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (var log in new DirectoryInfo(directory).EnumerateFiles("output", SearchOption.AllDirectories))
        {
            if (log.Length > MaxBytes)
            {
                log.CopyTo(log.FullName + ".1", overwrite: true);
                using var file = new FileStream(
                    log.FullName,
                    FileMode.Open,
                    FileAccess.Write,
                    FileShare.ReadWrite | FileShare.Delete
                );
                file.SetLength(0);
            }
        }
    }
}
