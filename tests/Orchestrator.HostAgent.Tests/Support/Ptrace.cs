using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>The system calls that follow another program. Numbers are Linux's on x64.</summary>
internal static partial class Ptrace
{
    public const int SystemCallStop = 0x80 | 5; // SIGTRAP, marked by the option below.
    public const int EventStop = 128;
    public const int StopSignal = 19;
    public const int ContinueSignal = 18;

    private const long Continue = 24; // PTRACE_SYSCALL: to the next system call's beginning or end.
    private const long Seize = 0x4206;
    private const long Listen = 0x4208;
    private const long GetSystemCallInfo = 0x420E;

    /// <summary>Mark system calls, follow threads but not forks, and leave nothing behind if we die.</summary>
    private const nint Options = 0x1 | 0x8 | 0x10_0000;

    /// <summary>Any thread that this thread of ours follows, and nobody else's children.</summary>
    private const int OwnThreads = 0x4000_0000 | 0x2000_0000;

    private const int Untraced = 2;
    private const int NoChild = 10;

    /// <summary>The program has stopped itself; from now on it is followed.</summary>
    public static void FollowStopped(int processId)
    {
        Check(WaitForChild(processId, out _, Untraced));
        Check((int)Call(Seize, processId, 0, Options));
    }

    public static void Resume(int threadId, int signal) => Call(Continue, threadId, 0, signal);

    public static void StayStopped(int threadId) => Call(Listen, threadId, 0, 0);

    /// <summary>The thread whose turn it is, or null when none is left.</summary>
    public static (int ThreadId, int Status)? Wait()
    {
        var threadId = WaitForChild(-1, out var status, OwnThreads);
        if (threadId < 0 && Marshal.GetLastPInvokeError() == NoChild)
        {
            return null;
        }

        Check(threadId);
        return (threadId, status);
    }

    /// <summary>The call that a thread stopped at the beginning of, or null at its end.</summary>
    public static SystemCall? BeginningOf(int threadId)
    {
        const byte entry = 1;
        return Call(GetSystemCallInfo, threadId, Marshal.SizeOf<SystemCall>(), out var call) > 0 && call.Kind == entry
            ? call
            : null;
    }

    public static int Start(string program, string[] arguments, string[] environment)
    {
        var error = Spawn(out var processId, program, 0, 0, [.. arguments, null], [.. environment, null]);
        return error == 0 ? processId : throw new Win32Exception(error);
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Call(long request, int threadId, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Call(long request, int threadId, nint size, out SystemCall call);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int WaitForChild(int processId, out int status, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Spawn(
        out int processId,
        string program,
        nint actions,
        nint attributes,
        string?[] arguments,
        string?[] environment
    );

    [StructLayout(LayoutKind.Sequential)]
    public struct SystemCall
    {
        public byte Kind;
        public uint Architecture;
        public ulong InstructionPointer;
        public ulong StackPointer;
        public ulong Number;
        public ulong First;
        public ulong Second;
        public ulong Third;
        public ulong Fourth;
        public ulong Fifth;
        public ulong Sixth;
    }
}
