using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.HostAgent.Platform;

/// <summary>The system calls that .NET has no method for. Numbers are Linux's, the same on x64 and arm64.</summary>
internal static partial class Libc
{
    public const int SignalTerminate = 15;
    public const int SignalKill = 9;

    private const int NoSuchProcess = 3;
    private const int OpenDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC; O_RDONLY is 0.
    private const int OpenDirectoryArm64 = 0x4000 | 0x80000;
    private const long PidfdOpenNumber = 434;
    private const long OpenAt2Number = 437;
    private const int NoSuchCall = 38;
    private const ulong OnlyPath = 0x200000; // O_PATH
    private const ulong ResolveInRoot = 0x10;
    private const ulong ResolveNoMagicLinks = 0x02;

    public static int EffectiveUserId => (int)GetEffectiveUserId();

    /// <summary>Signals a process, or with a negative id its whole group; false if it is gone.</summary>
    public static bool TrySignal(int processId, int signal)
    {
        // 0 and -1 address our own group and everything we may signal: never meant, always a bug.
        ArgumentOutOfRangeException.ThrowIfZero(processId);
        ArgumentOutOfRangeException.ThrowIfEqual(processId, -1);
        if (Kill(processId, signal) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess
            ? false
            : throw new Win32Exception(error, $"Signal {signal} to process {processId} failed.");
    }

    /// <summary>A descriptor that becomes readable when the process ends, or null if the kernel has none for us.</summary>
    public static ProcessDescriptor? OpenProcess(int processId)
    {
        var number = (int)SystemCall(PidfdOpenNumber, processId, 0);
        return number < 0 ? null : new ProcessDescriptor(number);
    }

    /// <summary>Waits until one of them is readable; true in the answer at its place.</summary>
    public static bool[] WaitReadable(IReadOnlyList<ProcessDescriptor> descriptors, TimeSpan timeout)
    {
        const short readable = 1;
        var polled = descriptors
            .Select(descriptor => new PolledDescriptor { Descriptor = descriptor.Number, Events = readable })
            .ToArray();
        var count = Poll(polled, (nuint)polled.Length, (int)timeout.TotalMilliseconds);
        return count <= 0 ? new bool[polled.Length] : [.. polled.Select(one => one.Returned != 0)];
    }

    /// <summary>Makes renames in a directory durable.</summary>
    public static void SyncDirectory(string path) => WithDirectory(path, FileSync);

    /// <summary>Makes everything written to the file system of a directory durable.</summary>
    public static void SyncFileSystem(string path) => WithDirectory(path, FileSystemSync);

    public static void ChangeOwner(string path, int userId, int groupId) =>
        Check(LinkChangeOwner(path, (uint)userId, (uint)groupId), path);

    public static void CreateHardLink(string target, string path) => Check(Link(target, path), path);

    /// <summary>What a process sees as its root directory.</summary>
    public static DirectoryDescriptor OpenRootOf(int processId) =>
        OpenDirectoryAt(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/root"));

    /// <summary>A directory as a process with that root would find it: no link leads out. For paths below it alone.</summary>
    public static DirectoryDescriptor OpenDirectoryIn(DirectoryDescriptor root, string path)
    {
        var how = new OpenHow
        {
            Flags = OnlyPath | (uint)DirectoryFlags,
            Resolve = ResolveInRoot | ResolveNoMagicLinks,
        };
        var descriptor = OpenAt2(OpenAt2Number, root.Number, path, ref how, (nuint)Marshal.SizeOf<OpenHow>());
        if (descriptor < 0 && Marshal.GetLastPInvokeError() == NoSuchCall)
        {
            throw new IOException("the kernel of this host is older than 5.6 and cannot find it safely");
        }

        Check((int)descriptor, path);
        return new DirectoryDescriptor((int)descriptor);
    }

    private static int DirectoryFlags =>
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? OpenDirectoryArm64 : OpenDirectory;

    private static DirectoryDescriptor OpenDirectoryAt(string path)
    {
        var descriptor = Open(path, DirectoryFlags);
        Check(descriptor, path);
        return new DirectoryDescriptor(descriptor);
    }

    private static void WithDirectory(string path, Func<int, int> act)
    {
        using var handle = OpenDirectoryAt(path);
        Check(act(handle.Number), path);
    }

    private static void Check(int result, string path)
    {
        if (result < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long SystemCall(long number, int first, int second);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long OpenAt2(long number, int directory, string path, ref OpenHow how, nuint size);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll([In, Out] PolledDescriptor[] descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSystemSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int LinkChangeOwner(string path, uint userId, uint groupId);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string target, string path);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PolledDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}

/// <summary>Refers to a process, not to its id.</summary>
internal sealed class ProcessDescriptor(int number) : IDisposable
{
    private readonly SafeFileHandle _handle = new(number, ownsHandle: true);

    public int Number { get; } = number;

    public void Dispose() => _handle.Dispose();
}

/// <summary>Refers to a directory, not to its path.</summary>
internal sealed class DirectoryDescriptor(int number) : IDisposable
{
    private readonly SafeFileHandle _handle = new(number, ownsHandle: true);

    public int Number { get; } = number;

    /// <summary>Leads to it however it is renamed, for as long as this is open.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Number}");

    public void Dispose() => _handle.Dispose();
}
