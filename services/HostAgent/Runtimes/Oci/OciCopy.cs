using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>
/// Puts files into containers from outside, for an image need not have any program that could. The kernel finds the directory
/// as it would for a process of the container, so no link leads out, whatever the container changes meanwhile.
/// </summary>
internal static class OciCopy
{
    /// <param name="process">The container's first one; null if it does not run.</param>
    public static async Task RunAsync(ProcessIdentity? process, ContainerFile file, CancellationToken cancellationToken)
    {
        if (process is null)
        {
            throw new RuntimeFailedException("It does not run.");
        }

        try
        {
            using var root = Libc.OpenRootOf(process.Id);
            if (!process.IsAlive)
            {
                throw new RuntimeFailedException("It does not run."); // The id may be another's by now, and so the root.
            }

            using var directory = Libc.OpenDirectoryIn(root, file.Directory);
            await WriteAsync(directory.Path, file, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RuntimeFailedException($"'{file.Path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Beside it and then in its place: a link that is there is replaced, not followed.</summary>
    private static async Task WriteAsync(string directory, ContainerFile file, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(directory, $".orc-{Guid.NewGuid():N}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        try
        {
            await using (var written = new FileStream(temporary, options))
            {
                await file.Content.CopyToAsync(written, cancellationToken);
                File.SetUnixFileMode(written.SafeFileHandle, file.Mode);
            }

            File.Move(temporary, Path.Combine(directory, file.Name), overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
