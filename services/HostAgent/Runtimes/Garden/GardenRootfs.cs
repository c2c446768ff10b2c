using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>
/// What Garden is told to run a container on. A directory given as raw:// it takes as it is, and writes to it; so each
/// container has a copy of its own, without taking room on file systems that share blocks between copies.
/// </summary>
/// <param name="template">
/// As Agent:GardenRootfs: a URI in which {copy} stands for a copy of the image and {image} for the unpacked image that
/// containers share.
/// </param>
/// <param name="directory">Where the copies are made.</param>
internal sealed class GardenRootfs(string template, string directory)
{
    public const string Copy = "{copy}";
    public const string Image = "{image}";

    /// <summary>An image of some gigabytes on a slow disk.</summary>
    private static readonly TimeSpan CopyDeadline = TimeSpan.FromMinutes(10);

    /// <summary>Containers run on the image that they are asked to run on, not on one that is always the same.</summary>
    public bool IsOfImage => IsCopy || template.Contains(Image, StringComparison.Ordinal);

    public string Kind =>
        (IsCopy, IsOfImage) switch
        {
            (true, _) => "copy",
            (_, true) => "image",
            _ => "fixed",
        };

    private bool IsCopy => template.Contains(Copy, StringComparison.Ordinal);

    public void Prepare() => Directory.CreateDirectory(directory);

    /// <summary>Its URI.</summary>
    public async Task<string> MakeAsync(string handle, UnpackedImage image, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, handle);
        if (IsCopy)
        {
            Delete(handle);
            var copied = await Tool.RunAsync(
                Tool.Find("cp") ?? throw new RuntimeFailedException("Copies of images need cp, which is not here."),
                ["-a", "--reflink=auto", "--", image.RootDirectory, path],
                CopyDeadline,
                cancellationToken
            );
            if (!copied.HasSucceeded)
            {
                throw new RuntimeFailedException($"The image could not be copied: {copied.Errors.Trim()}");
            }
        }

        return template
            .Replace(Copy, path, StringComparison.Ordinal)
            .Replace(Image, image.RootDirectory, StringComparison.Ordinal);
    }

    public void Delete(string handle)
    {
        var path = Path.Combine(directory, handle);
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Two take it away at once: what is gone is gone.
        }
    }
}
