using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Orchestrator.HostAgent.Tests.Fuzzing;

/// <summary>
/// Damages good inputs in many ways, for so many seconds as <c>ORC_FUZZ_SECONDS</c> says, and gives them to a parser. An
/// input that breaks it is in the failure, as base64: it belongs into a test of its own then.
/// </summary>
internal sealed partial class Fuzzer(params byte[][] good)
{
    /// <summary>For each parser; they run beside each other, and after everything else that wants the processor.</summary>
    private const int DefaultSeconds = 60;

    private const int LowPriority = 10;

    private const int MaxChanges = 4;
    private const int MaxCut = 64;

    /// <summary>What has broken parsers before.</summary>
    private static readonly byte[][] Nasty =
    [
        [0],
        [0xFF],
        [0xFF, 0xFF, 0xFF, 0xFF],
        [0x7F, 0xFF, 0xFF, 0xFF],
        [0x80, 0, 0, 0],
        [0xC0, 0x80],
        [0xED, 0xA0, 0x80],
        .. (
            (string[])
                [
                    "null",
                    "{}",
                    "[]",
                    "\"\"",
                    "-1",
                    "1e999",
                    "9223372036854775808",
                    "99999999999999999999999999",
                    "../",
                    "/",
                    "\\ud800",
                    "\r\n",
                    "\n",
                    "Transfer-Encoding: chunked\r\n",
                    new string('[', 200),
                    new string('a', 300),
                ]
        ).Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>The one that is being made: what is thrown away makes the collector stop all tests.</summary>
    private readonly List<byte> _input = [];

    private static int Seconds =>
        int.TryParse(
            Environment.GetEnvironmentVariable("ORC_FUZZ_SECONDS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var seconds
        )
            ? seconds
            : DefaultSeconds;

    /// <summary>On a thread of its own; how many damaged inputs it tried.</summary>
    /// <param name="parse">Throws nothing, whatever it is given.</param>
    public Task<int> RunAsync(Action<byte[]> parse)
    {
        var result = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                // Of this thread alone, as the kernel sees it.
                _ = SetPriority(which: 0, who: 0, LowPriority);
                result.SetResult(Run(parse));
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        })
        {
            IsBackground = true,
        }.Start();
        return result.Task;
    }

    private int Run(Action<byte[]> parse)
    {
        var random = new Random();
        var deadline = Stopwatch.GetTimestamp() + (Seconds * Stopwatch.Frequency);
        var runs = 0;
        foreach (var input in good)
        {
            Try(parse, input);
        }

        while (Stopwatch.GetTimestamp() < deadline)
        {
            Try(parse, Damage(random));
            runs++;
        }

        return runs;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int priority);

    private static void Try(Action<byte[]> parse, byte[] input)
    {
        try
        {
            parse(input);
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.GetType().Name}: {e.Message}\n{e.StackTrace}\ninput: {Convert.ToBase64String(input)}");
        }
    }

    private byte[] Damage(Random random)
    {
        var input = _input;
        input.Clear();
        input.AddRange(good[random.Next(good.Length)]);
        for (var change = random.Next(MaxChanges); change >= 0; change--)
        {
            var at = random.Next(input.Count + 1);
            var length = Math.Min(random.Next(MaxCut), input.Count - at);
            switch (random.Next(6))
            {
                case 0 when at < input.Count:
                    input[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < input.Count:
                    input[at] = (byte)random.Next(256);
                    break;
                case 2:
                    input.RemoveRange(at, length);
                    break;
                case 3:
                    input.InsertRange(at, input.GetRange(at, length));
                    break;
                case 4:
                    input.InsertRange(at, Nasty[random.Next(Nasty.Length)]);
                    break;
                default:
                    input.RemoveRange(at, input.Count - at);
                    var other = good[random.Next(good.Length)];
                    input.AddRange(other.AsSpan(Math.Min(at, other.Length)));
                    break;
            }
        }

        return [.. input];
    }
}
