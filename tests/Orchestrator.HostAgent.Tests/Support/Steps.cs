using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>
/// Which system calls change the world: those that make, name, write, own or remove files, begin or signal a process, or
/// speak to a daemon. Numbers are x64's.
/// </summary>
internal static class Steps
{
    private const ulong OpenToChange = 0x1 | 0x2 | 0x40 | 0x200; // Write, read and write, create, truncate.
    private const ulong NewThread = 0x1_0000;
    private const int MaxText = 256;
    private const ushort Internet = 2;

    private static readonly FrozenDictionary<ulong, Shape> Shapes = new Dictionary<ulong, Shape>
    {
        [2] = new("open", call => call.First, call => (call.Second & OpenToChange) != 0),
        [18] = new("pwrite"),
        [42] = new("connect"),
        [44] = new("send"),
        [46] = new("sendmsg"),
        [56] = new("clone", Path: null, call => (call.First & NewThread) == 0),
        [57] = new("fork"),
        [58] = new("vfork"),
        [62] = new("kill", Path: null, call => call.Second != 0),
        [76] = new("truncate", call => call.First),
        [77] = new("ftruncate"),
        [82] = new("rename", call => call.First),
        [83] = new("mkdir", call => call.First),
        [84] = new("rmdir", call => call.First),
        [86] = new("link", call => call.Second),
        [87] = new("unlink", call => call.First),
        [88] = new("symlink", call => call.Second),
        [90] = new("chmod", call => call.First),
        [91] = new("fchmod"),
        [94] = new("lchown", call => call.First),
        [165] = new("mount", call => call.Second),
        [166] = new("umount", call => call.First),
        [257] = new("openat", call => call.Second, call => (call.Third & OpenToChange) != 0),
        [258] = new("mkdirat", call => call.Second),
        [263] = new("unlinkat", call => call.Second),
        [264] = new("renameat", call => call.Second),
        [265] = new("linkat", call => call.Fourth),
        [266] = new("symlinkat", call => call.Third),
        [268] = new("fchmodat", call => call.Second),
        [280] = new("utimensat", call => call.Second),
        [285] = new("fallocate"),
        [296] = new("pwritev"),
        [316] = new("renameat2", call => call.Second),
    }.ToFrozenDictionary();

    /// <summary>What it is about to do, in words, or null if it changes nothing.</summary>
    public static string? Of(int threadId, Ptrace.SystemCall call)
    {
        if (!Shapes.TryGetValue(call.Number, out var shape) || !shape.Changes(call))
        {
            return null;
        }

        if (shape.Name == "connect")
        {
            var address = Read(threadId, call.Second, (int)call.Third);
            // The broker, which is away all the time; daemons are spoken to by sockets.
            return address is [var low, var high, ..] && (low | (high << 8)) == Internet ? null : "connect";
        }

        return shape.Path is { } path ? $"{shape.Name} {TextAt(threadId, path(call))}" : shape.Name;
    }

    private static string TextAt(int threadId, ulong address)
    {
        var bytes = Read(threadId, address, MaxText);
        var end = Array.IndexOf(bytes, (byte)0);
        return Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end);
    }

    private static byte[] Read(int threadId, ulong address, int count)
    {
        var bytes = new byte[Math.Min(count, MaxText)];
        using var memory = new FileStream(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{threadId}/mem"),
            new FileStreamOptions { BufferSize = 0 }
        );
        try
        {
            memory.Position = (long)address;
            return bytes[..memory.Read(bytes)];
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            return []; // At nothing that can be read: the call will fail of itself.
        }
    }

    private sealed record Shape(
        string Name,
        Func<Ptrace.SystemCall, ulong>? Path,
        Func<Ptrace.SystemCall, bool> Changes
    )
    {
        public Shape(string name)
            : this(name, Path: null, _ => true) { }

        public Shape(string name, Func<Ptrace.SystemCall, ulong> path)
            : this(name, path, _ => true) { }
    }
}
