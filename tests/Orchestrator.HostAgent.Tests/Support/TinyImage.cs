using System.Diagnostics;
using System.Formats.Tar;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>A shell and four programs of this machine with the libraries they load: enough to be a container.</summary>
internal static class TinyImage
{
    private static readonly string[] Programs = ["/bin/sh", "/bin/sleep", "/bin/cat", "/bin/chmod", "/bin/mv"];

    /// <summary>Its reference by digest.</summary>
    public static string Build(string directory) => Build(directory, mark: "");

    /// <summary>As the other, with a digest that no other mark has.</summary>
    public static string Build(string directory, string mark)
    {
        var files = Programs.Concat(Programs.SelectMany(LibrariesOf)).Distinct(StringComparer.Ordinal).ToList();
        // Docker gives directories that no entry tells of to root alone, and root in a container may not look past that.
        var directories = files.SelectMany(ParentsOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var entries = files.Select(
            TarEntry (path) =>
                new PaxTarEntry(TarEntryType.RegularFile, path[1..])
                {
                    DataStream = new MemoryStream(File.ReadAllBytes(path)),
                    Mode = (UnixFileMode)0x1ED,
                }
        );
        var builder = new ImageBuilder(directory).WithLayer(
            ImageBuilder.Tar([
                .. directories.Select(ImageBuilder.ADirectory),
                .. entries,
                ImageBuilder.ADirectory("tmp"),
            ]),
            isGzip: true
        );
        builder.Config["Entrypoint"] = new System.Text.Json.Nodes.JsonArray("/bin/sleep", "1000");
        if (mark.Length > 0)
        {
            builder.Config["Env"] = new System.Text.Json.Nodes.JsonArray($"MADE_FOR={mark}");
        }

        return builder.Build();
    }

    private static IEnumerable<string> ParentsOf(string path)
    {
        for (var end = path.IndexOf('/', 1); end > 0; end = path.IndexOf('/', end + 1))
        {
            yield return path[1..end];
        }
    }

    private static IEnumerable<string> LibrariesOf(string program)
    {
        using var ldd = Process.Start(
            new ProcessStartInfo("ldd", [program]) { UseShellExecute = false, RedirectStandardOutput = true }
        )!;
        var output = ldd.StandardOutput.ReadToEnd();
        ldd.WaitForExit();
        return output
            .Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word.StartsWith('/'))
            .Select(word => word.TrimEnd(':'));
    }
}
