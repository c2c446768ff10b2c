using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Reporting;

/// <summary>
/// Looks now and then whether the machine is still what was reported: disks grow, systems are upgraded under us, and limits
/// of the kernel are set anew.
/// </summary>
internal sealed partial class FactsWatch(Func<HostFacts> read, TimeProvider clock, ILogger<FactsWatch> logger)
{
    /// <summary>Some files are read, and nobody waits for the news.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <param name="known">What was reported at the start.</param>
    /// <param name="changed">Called only with what differs from what was known before.</param>
    public async Task RunAsync(
        HostFacts known,
        TimeSpan interval,
        Action<HostFacts> changed,
        CancellationToken cancellationToken
    )
    {
        using var timer = new PeriodicTimer(interval, clock);
        var last = Content(known);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                var facts = read();
                var content = Content(facts);
                if (!content.AsSpan().SequenceEqual(last))
                {
                    last = content;
                    changed(facts);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotRead(e.Message); // What was known before still holds, as far as anybody knows.
            }
        }
    }

    /// <summary>Records that hold dictionaries have no equality of their own.</summary>
    private static byte[] Content(HostFacts facts) =>
        JsonSerializer.SerializeToUtf8Bytes(facts, AgentJson.Default.HostFacts);

    [LoggerMessage(LogLevel.Warning, "What this machine is could not be read: {Reason}")]
    private partial void LogNotRead(string reason);
}
