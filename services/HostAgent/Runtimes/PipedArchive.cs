using System.Formats.Tar;
using System.IO.Pipelines;

namespace Orchestrator.HostAgent.Runtimes;

/// <summary>An archive that is made while it is read, so that nobody holds it whole.</summary>
internal static class PipedArchive
{
    /// <summary>Hands the archive to a reader, and returns once both are done.</summary>
    public static async Task SendAsync(
        Func<TarWriter, Task> write,
        Func<Stream, Task> receive,
        CancellationToken cancellationToken
    )
    {
        var pipe = new Pipe();
        var writing = Task.Run(
            async () =>
            {
                Exception? failure = null;
                try
                {
                    await using var stream = pipe.Writer.AsStream(leaveOpen: true);
                    await using var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
                    await write(writer);
                }
                catch (Exception e)
                {
                    failure = e;
                    throw;
                }
                finally
                {
                    await pipe.Writer.CompleteAsync(failure);
                }
            },
            cancellationToken
        );
        try
        {
            await using var stream = pipe.Reader.AsStream();
            await receive(stream);
        }
        finally
        {
            await pipe.Reader.CompleteAsync(); // A writer with no reader ends too.
        }

        await writing;
    }

    /// <summary>One file, by its name alone and owned by root.</summary>
    public static Task SendAsync(ContainerFile file, Func<Stream, Task> receive, CancellationToken cancellationToken) =>
        SendAsync(
            writer =>
                writer.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.RegularFile, file.Name)
                    {
                        DataStream = file.Content,
                        Mode = file.Mode,
                    },
                    cancellationToken
                ),
            receive,
            cancellationToken
        );
}
