using System.Text;

namespace Orchestrator.ControlPlane.Secrets;

/// <summary>A file with a key in it, which only its owner may read.</summary>
internal static class PrivateFile
{
    private const UnixFileMode Everybody =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <param name="what">That it holds, for messages.</param>
    /// <exception cref="InvalidOperationException">Others may read it.</exception>
    public static string Read(string path, string what)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Everybody) != UnixFileMode.None)
        {
            throw new InvalidOperationException(
                $"{what} in {path} may be read by others than its owner; chmod 600 it."
            );
        }

        return File.ReadAllText(path);
    }

    /// <summary>Leaves it as it is if it is there.</summary>
    public static void MakeUnlessThere(string path, string text)
    {
        if (File.Exists(path))
        {
            return;
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "/");
        using var file = new FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}
