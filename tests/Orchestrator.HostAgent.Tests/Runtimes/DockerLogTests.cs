using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Runtimes.Docker;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

/// <summary>From the daemon's frames to lines of a file.</summary>
public sealed class DockerLogTests : IDisposable
{
    private const string First = "2026-03-01T12:00:00.000000001Z";
    private const string Second = "2026-03-01T12:00:00.000000002Z";

    private readonly TemporaryDirectory _directory = new();

    private string LogPath => _directory["log"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Frames_are_taken_apart_wherever_the_connection_cuts_them()
    {
        byte[] bytes = [.. Frame(1, "one\n"), .. Frame(2, ""), .. Frame(2, "two\n"), .. Frame(1, "three")];

        for (var size = 1; size <= bytes.Length; size++)
        {
            var pieces = Read(bytes.Chunk(size));

            Assert.Equal(["one\n", "two\n", "three"], pieces.Select(TextOf));
            Assert.Equal([false, true, false], pieces.Select(piece => piece.IsError));
            Assert.All(pieces, piece => Assert.True(piece is { IsFirst: true, IsLast: true }));
        }
    }

    [Fact]
    public void A_very_long_frame_comes_in_pieces_and_is_never_held_whole()
    {
        var text = new string('x', (LogFrames.MaxPieceBytes * 2) + 7);

        var pieces = Read([Frame(1, text)]);

        Assert.Equal(text, string.Concat(pieces.Select(TextOf)));
        Assert.Equal([true, false, false], pieces.Select(piece => piece.IsFirst));
        Assert.Equal([false, false, true], pieces.Select(piece => piece.IsLast));
    }

    [Fact]
    public void A_frame_that_claims_four_gibibytes_yields_what_is_there()
    {
        var frame = Frame(1, new string('x', LogFrames.MaxPieceBytes + 5));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), uint.MaxValue);

        var piece = Assert.Single(Read([frame]));

        Assert.Equal(LogFrames.MaxPieceBytes, piece.Content.Length);
        Assert.False(piece.IsLast);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(1, 1)]
    [InlineData(72, 84)] // "HTTP"
    public void What_is_no_frame_is_refused(byte kind, byte padding)
    {
        var frame = Frame(kind, "text");
        frame[1] = padding;

        Assert.Throws<InvalidDataException>(() => Read([frame]));
    }

    [Fact]
    public void Lines_are_tagged_with_time_stream_and_whether_they_end()
    {
        Write((First, "out\n", false), (First, "part", false), (Second, "ial\n", false), (Second, "wrong\n", true));

        Assert.Equal(
            [$"{First} stdout F out", $"{First} stdout P part", $"{Second} stdout F ial", $"{Second} stderr F wrong"],
            File.ReadAllLines(LogPath)
        );
        Assert.Equal("out\npartial\nwrong\n", LogText.Of(File.ReadAllBytes(LogPath), LogFormat.Tagged));
    }

    [Fact]
    public void What_is_told_again_is_not_written_again_whether_the_agent_is_the_same_or_the_next()
    {
        (string, string, bool)[] told = [(First, "1\n", false), (Second, "2\n", false), (Second, "3\n", true)];
        using (var log = new EngineLog(LogPath))
        {
            log.Resume();
            Write(log, told);
            log.Resume();
            Write(log, [.. told, (Second, "4\n", false)]);
        }

        Write([.. told, (Second, "4\n", false), (Second, "5\n", false), ("2026-03-01T12:00:01Z", "6\n", false)]);

        Assert.Equal("1\n2\n3\n4\n5\n6\n", LogText.Of(File.ReadAllBytes(LogPath), LogFormat.Tagged));
    }

    [Fact]
    public void It_asks_from_the_second_of_its_newest_line_on()
    {
        Write((First, "1\n", false));
        using var log = new EngineLog(LogPath);

        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), log.Resume());
    }

    [Fact]
    public void Half_a_line_that_a_killed_agent_left_is_written_anew()
    {
        Write((First, "1\n", false), (Second, "2\n", false));
        File.WriteAllBytes(LogPath, File.ReadAllBytes(LogPath)[..^3]);

        Write((First, "1\n", false), (Second, "2\n", false));

        Assert.Equal("1\n2\n", LogText.Of(File.ReadAllBytes(LogPath), LogFormat.Tagged));
    }

    [Theory]
    [InlineData("no time here\n")]
    [InlineData("2026\n")]
    [InlineData("")]
    public void A_line_without_its_time_is_refused(string text)
    {
        using var log = new EngineLog(LogPath);

        var piece = new FramePiece(Encoding.UTF8.GetBytes(text), IsError: false, IsFirst: true, IsLast: true);

        Assert.Throws<InvalidDataException>(() => log.Write(piece));
    }

    [Fact]
    public void A_full_log_is_begun_anew_with_the_line_that_did_not_fit()
    {
        var line = new string('x', 16 * 1024) + "\n";
        using var log = new EngineLog(LogPath);
        log.Resume();
        for (var number = 0; number < 700; number++)
        {
            Write(log, (First, line, false));
            Assert.InRange(new FileInfo(LogPath).Length, 1, LogRotation.MaxBytes);
        }

        Write(log, (Second, "last\n", false));

        Assert.InRange(new FileInfo(LogPath).Length, 1_000_000, LogRotation.MaxBytes);
        Assert.EndsWith($"{Second} stdout F last\n", File.ReadAllText(LogPath), StringComparison.Ordinal);
        Assert.Equal(["log"], Directory.GetFiles(_directory.Path).Select(Path.GetFileName));
    }

    private static byte[] Frame(byte kind, string text)
    {
        byte[] frame = [kind, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)(frame.Length - 8));
        return frame;
    }

    private static List<FramePiece> Read(IEnumerable<byte[]> arrivals)
    {
        var frames = new LogFrames();
        var pieces = new List<FramePiece>();
        byte[] left = [];
        foreach (var arrival in arrivals)
        {
            var buffer = new ReadOnlySequence<byte>([.. left, .. arrival]);
            while (frames.Read(ref buffer) is { } piece)
            {
                pieces.Add(piece);
            }

            left = buffer.ToArray();
            Assert.InRange(left.Length, 0, LogFrames.MaxPieceBytes);
        }

        return pieces;
    }

    private static string TextOf(FramePiece piece) => Encoding.UTF8.GetString(piece.Content.Span);

    private void Write(params (string Time, string Text, bool IsError)[] lines)
    {
        using var log = new EngineLog(LogPath);
        log.Resume();
        Write(log, lines);
    }

    private static void Write(EngineLog log, params (string Time, string Text, bool IsError)[] lines)
    {
        foreach (var (time, text, isError) in lines)
        {
            var content = Encoding.UTF8.GetBytes($"{time} {text}");
            log.Write(new FramePiece(content, isError, IsFirst: true, IsLast: true));
        }

        log.Flush();
    }
}
