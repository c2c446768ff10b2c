using System.Text;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Logs;

public sealed class InstanceLogsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "c\n")]
    [InlineData(2, "b\nc\n")]
    [InlineData(9, "a\nb\nc\n")]
    public void The_tail_has_as_many_lines_as_asked(int lines, string expected)
    {
        var logs = Plain("a\nb\nc\n");

        var piece = logs.ReadTail("cart.prod.1", lines);

        Assert.Equal(new LogPiece(expected, NextOffset: 6), piece);
    }

    [Fact]
    public void An_answer_goes_on_where_the_earlier_one_ended()
    {
        var logs = Plain("a\nb\n");
        var first = logs.ReadFrom("cart.prod.1", offset: 0)!;
        File.AppendAllText(logs.PathOf("cart.prod.1"), "c\n");

        var second = logs.ReadFrom("cart.prod.1", first.NextOffset);

        Assert.Equal("a\nb\n", first.Text);
        Assert.Equal(new LogPiece("c\n", NextOffset: 6), second);
    }

    [Fact]
    public void An_offset_beyond_the_end_means_that_the_file_was_begun_anew()
    {
        var logs = Plain("new\n");

        Assert.Equal(new LogPiece("new\n", NextOffset: 4), logs.ReadFrom("cart.prod.1", offset: 8_000_000));
    }

    [Fact]
    public void A_log_of_any_size_is_read_piece_by_piece_without_losing_a_character()
    {
        var text = string.Concat(Enumerable.Range(0, 30_000).Select(line => $"línea número {line} ✓\n"));
        var logs = Plain(text);
        var read = new StringBuilder();
        long offset = 0;
        LogPiece piece;

        do
        {
            piece = logs.ReadFrom("cart.prod.1", offset)!;
            Assert.True(Encoding.UTF8.GetByteCount(piece.Text) <= 64 * 1024);
            read.Append(piece.Text);
            offset = piece.NextOffset;
        } while (piece.Text.Length > 0);

        Assert.Equal(text, read.ToString());
    }

    [Fact]
    public void A_line_without_end_is_cut_between_characters()
    {
        var text = string.Concat(Enumerable.Repeat("✓", 30_000));
        var logs = Plain(text);

        var first = logs.ReadFrom("cart.prod.1", offset: 0)!;
        var second = logs.ReadFrom("cart.prod.1", first.NextOffset)!;

        Assert.Equal(text, first.Text + second.Text);
    }

    [Fact]
    public void The_tail_of_a_huge_log_is_bounded()
    {
        var logs = Plain(new string('x', 1_000_000) + "\nlast\n");

        var piece = logs.ReadTail("cart.prod.1", lines: 1_000)!;

        Assert.True(piece.Text.Length <= 64 * 1024);
        Assert.EndsWith("last\n", piece.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_are_taken_off_and_partial_lines_joined()
    {
        var logs = new InstanceLogs(_directory.Path, LogFormat.Tagged);
        File.WriteAllText(
            logs.PathOf("cart.prod.1"),
            """
            2026-11-23T23:40:01.258573433+00:00 stdout P begin of 
            2026-11-23T23:40:01.258670808+00:00 stdout F a line
            2026-11-23T23:40:01.259398859+00:00 stderr F 
            2026-11-23T23:40:01.259398859+00:00 stderr F an error

            """
        );

        Assert.Equal("begin of a line\n\nan error\n", logs.ReadFrom("cart.prod.1", offset: 0)?.Text);
        Assert.Equal("an error\n", logs.ReadTail("cart.prod.1", lines: 1)?.Text);
    }

    [Fact]
    public void A_host_without_the_log_says_so() =>
        Assert.Null(new InstanceLogs(_directory.Path, LogFormat.Plain).ReadTail("cart.prod.1", lines: 1));

    [Fact]
    public void A_full_log_is_copied_aside_and_begun_anew_under_its_writer()
    {
        var logs = Plain("");
        using var writer = new FileStream(
            logs.PathOf("cart.prod.1"),
            FileMode.Append,
            FileAccess.Write,
            FileShare.ReadWrite | FileShare.Delete
        );
        writer.Write(new byte[LogRotation.MaxBytes + 1]);
        writer.Flush();

        LogRotation.Rotate(_directory.Path);

        Assert.Equal(0, new FileInfo(logs.PathOf("cart.prod.1")).Length);
        Assert.Equal(LogRotation.MaxBytes + 1, new FileInfo(logs.PathOf("cart.prod.1") + ".1").Length);
    }

    [Fact]
    public void Of_instances_that_are_gone_only_the_newest_logs_stay()
    {
        var logs = Plain("present\n");
        foreach (var number in Enumerable.Range(1, 40))
        {
            var path = logs.PathOf($"gone.prod.{number}");
            Directory.SetLastWriteTimeUtc(
                Path.GetDirectoryName(path)!,
                new DateTime(2026, 1, 1, 0, 0, number, DateTimeKind.Utc)
            );
        }

        logs.Prune(new HashSet<string>(StringComparer.Ordinal) { "cart.prod.1" });

        Assert.Equal(33, Directory.GetDirectories(_directory.Path).Length);
        Assert.False(Directory.Exists(_directory["gone.prod.8"]));
        Assert.True(Directory.Exists(_directory["gone.prod.9"]));
        Assert.True(Directory.Exists(_directory["cart.prod.1"]));
    }

    private InstanceLogs Plain(string content)
    {
        var logs = new InstanceLogs(_directory.Path, LogFormat.Plain);
        File.WriteAllText(logs.PathOf("cart.prod.1"), content);
        return logs;
    }
}
