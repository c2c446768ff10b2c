using System.Text;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Logs;

public sealed class TaggedLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Lines_and_pieces_of_lines_read_as_they_were_written()
    {
        using (var log = new TaggedLog(_directory["log"], TimeProvider.System))
        {
            log.Write(isErrors: false, "one\ntw"u8);
            log.Write(isErrors: false, "o\n\n"u8);
            log.Write(isErrors: true, Encoding.ASCII.GetBytes(new string('x', 20_000) + "\n"));
        }

        var content = File.ReadAllBytes(_directory["log"]);
        Assert.Equal($"one\ntwo\n\n{new string('x', 20_000)}\n", LogText.Of(content, LogFormat.Tagged));
        Assert.All(
            File.ReadAllLines(_directory["log"]),
            line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) [FP] ", line)
        );
    }

    [Fact]
    public void What_is_there_stays_until_the_log_is_full()
    {
        File.WriteAllText(_directory["log"], "of an earlier agent\n");
        using var log = new TaggedLog(_directory["log"], TimeProvider.System);

        log.Write(isErrors: false, "more\n"u8);
        Assert.StartsWith("of an earlier agent\n", File.ReadAllText(_directory["log"]), StringComparison.Ordinal);

        var megabyte = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('y', 1023) + "\n", 1024)));
        for (var number = 0; number < 8; number++)
        {
            log.Write(isErrors: false, megabyte);
        }

        Assert.InRange(new FileInfo(_directory["log"]).Length, megabyte.Length, LogRotation.MaxBytes);
        Assert.DoesNotContain("earlier", File.ReadAllText(_directory["log"]), StringComparison.Ordinal);
    }
}
