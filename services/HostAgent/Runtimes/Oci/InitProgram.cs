using System.Buffers.Binary;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>
/// An init of this machine that can be the first process of any container: it brings everything along, for an image need
/// not have the libraries that a program of the machine is linked to.
/// </summary>
internal static class InitProgram
{
    /// <summary>Where the container sees it: on a file system that each has of its own and that can be written to.</summary>
    public const string Place = "/dev/.init";

    private const string HowToGet = "install tini (tini-static) or catatonit";

    /// <summary>All of them take the command behind <c>--</c>.</summary>
    private static readonly string[] Names = ["tini-static", "catatonit", "docker-init", "tini"];

    /// <summary>Where Podman keeps its own.</summary>
    private static readonly string[] Paths = ["/usr/libexec/podman/catatonit", "/usr/lib/podman/catatonit"];

    private const int HeaderBytes = 64;
    private const int EntriesOffset = 32;
    private const int EntrySizeOffset = 54;
    private const int EntryCountOffset = 56;
    private const int MaxEntries = 64;
    private const int Interpreter = 3;

    /// <exception cref="RuntimeFailedException">There is none.</exception>
    public static string Find() =>
        Names.Select(Tool.Find).OfType<string>().Concat(Paths.Where(File.Exists)).FirstOrDefault(IsStatic)
        ?? throw new RuntimeFailedException($"It asks for an init, and this host has none to give: {HowToGet}.");

    /// <summary>Whether a 64-bit ELF program is loaded by the kernel alone.</summary>
    internal static bool IsStatic(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !IsElf64(header))
        {
            return false;
        }

        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[EntrySizeOffset..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[EntryCountOffset..]);
        if (size < sizeof(int) || count > MaxEntries)
        {
            return false;
        }

        file.Position = BinaryPrimitives.ReadInt64LittleEndian(header[EntriesOffset..]);
        var entries = new byte[size * count];
        return file.ReadAtLeast(entries, entries.Length, throwOnEndOfStream: false) == entries.Length
            && !entries.Chunk(size).Any(entry => BinaryPrimitives.ReadInt32LittleEndian(entry) == Interpreter);
    }

    private static bool IsElf64(ReadOnlySpan<byte> header) => header.StartsWith("\u007fELF\u0002"u8);
}
