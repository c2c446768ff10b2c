using System.Text;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Garden;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>What is read from a connection that Garden has taken over, from bytes as they were recorded.</summary>
public sealed class GardenWireTests
{
    private const string Recorded =
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nDate: Mon, 23 Nov 2026 03:12:56 GMT\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n"
        + "{\"process_id\":\"d87f993f-96e8-40fe-5cb1-62aeb5e4474a\",\"stream_id\":\"2\"}\n"
        + "{\"process_id\":\"d87f993f-96e8-40fe-5cb1-62aeb5e4474a\",\"exit_status\":137}\n";

    private const int Mutations = 5000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task A_recorded_conversation_is_understood_however_it_is_cut(int pieceBytes)
    {
        Assert.Equal(("2", 137), await ReadAsync(Encoding.UTF8.GetBytes(Recorded), pieceBytes));
    }

    [Fact]
    public async Task Lines_that_say_nothing_new_are_passed_over() =>
        Assert.Equal(
            ("2", 137),
            await ReadAsync(
                Encoding.UTF8.GetBytes(
                    Recorded.Replace(
                        "{\"process_id\":\"d87f993f-96e8-40fe-5cb1-62aeb5e4474a\",\"exit",
                        "{\"source\":1,\"data\":\"x\"}\n{}\n{\"exit",
                        StringComparison.Ordinal
                    )
                ),
                pieceBytes: 10
            )
        );

    [Theory]
    [InlineData("{\"process_id\":\"p\",\"error\":\"wait: no child\"}\n")]
    [InlineData("{\"error\":\"\"}\n")]
    public async Task That_Garden_cannot_tell_is_told(string line)
    {
        var conversation = Recorded[..Recorded.LastIndexOf('{')] + line;

        var failure = await Assert.ThrowsAsync<RuntimeFailedException>(() =>
            ReadAsync(Encoding.UTF8.GetBytes(conversation), pieceBytes: 10)
        );

        Assert.True(GardenRefusedException.IsLastingReasonOf(failure));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("137")]
    [InlineData("{\"exit_status\":\"137\"}")]
    [InlineData("{\"exit_status\":1.5}")]
    [InlineData("{\"exit_status\":99999999999}")]
    [InlineData("{\"process_id\":\"p\",\"stream_id\":\"\"}")]
    [InlineData("{\"process_id\":\"p\",\"stream_id\":{}}")]
    [InlineData("{\"error\":7}")]
    [InlineData("")]
    [InlineData("{\"a\":[[[[[[[[[[1]]]]]]]]]]}")]
    public void A_line_that_is_no_message_is_refused(string line) =>
        Assert.Throws<InvalidDataException>(() => ProcessLine.Parse(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 -01 OK\r\n\r\n")]
    [InlineData("HTTP/1.1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: nameless\r\n\r\n")]
    [InlineData("HTTP/1.1 500 X\r\nContent-Length: -1\r\n\r\n")]
    public async Task A_head_that_is_none_is_refused(string head) =>
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            new WireReader(new MemoryStream(Encoding.UTF8.GetBytes(head))).ReadHeadAsync(Token)
        );

    [Fact]
    public async Task A_head_without_end_is_given_up()
    {
        using var endless = new Pieces(
            Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\n"),
            pieceBytes: 17,
            repeated: "a: b\r\n"
        );

        await Assert.ThrowsAsync<InvalidDataException>(() => new WireReader(endless).ReadHeadAsync(Token));
    }

    [Fact]
    public async Task Whatever_is_changed_in_a_conversation_nothing_but_a_known_failure_comes_of_it()
    {
        var random = new Random(20261123);
        var understood = 0;
        for (var round = 0; round < Mutations; round++)
        {
            var bytes = Mutate(Encoding.UTF8.GetBytes(Recorded), random);
            try
            {
                await ReadAsync(bytes, random.Next(1, 64));
                understood++;
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException or RuntimeFailedException)
            {
                // That is what it may say.
            }
        }

        // Else the mutations are all fatal, or all harmless, and prove nothing.
        Assert.InRange(understood, Mutations / 20, Mutations * 19 / 20);
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var changed = new List<byte>(bytes);
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(changed.Count);
            switch (random.Next(6))
            {
                case 0:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 1:
                    changed.RemoveRange(at, Math.Min(random.Next(1, 40), changed.Count - at));
                    break;
                case 2:
                    changed.InsertRange(at, bytes.AsSpan(random.Next(bytes.Length / 2), random.Next(1, 40)).ToArray());
                    break;
                case 3:
                    changed.RemoveRange(at, changed.Count - at);
                    break;
                case 4:
                    changed.Insert(at, (byte)"{}[]\",:\n\r\0"[random.Next(10)]);
                    break;
                default:
                    changed.InsertRange(at, Enumerable.Repeat((byte)'7', random.Next(1, 70_000)));
                    break;
            }

            if (changed.Count == 0)
            {
                break;
            }
        }

        return [.. changed];
    }

    private static async Task<(string StreamId, int ExitStatus)> ReadAsync(byte[] conversation, int pieceBytes)
    {
        using var stream = new Pieces(conversation, pieceBytes, repeated: "");
        var reader = new WireReader(stream);
        await reader.ReadHeadAsync(Token);
        await using var process = await GardenProcess.BeginAsync(stream, reader, Token);
        return (process.StreamId, await process.ReadExitStatusAsync(Token));
    }

    /// <summary>Comes in pieces, as from a network; then something again and again.</summary>
    private sealed class Pieces(byte[] content, int pieceBytes, string repeated) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Read(buffer.Span[..Math.Min(pieceBytes, buffer.Length)]);
            return ValueTask.FromResult(count > 0 ? count : Encoding.ASCII.GetBytes(repeated, buffer.Span));
        }
    }
}
