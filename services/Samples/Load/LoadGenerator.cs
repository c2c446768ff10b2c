using System.Threading.Channels;

namespace Orchestrator.Samples.Load;

/// <summary>
/// Sends requests at a fixed rate whether or not earlier ones were answered, as many independent users would. What is
/// due while every slot is taken and the short queue full is dropped, and counted.
/// </summary>
internal sealed class LoadGenerator(LoadSettings settings, LoadCounters counters, TimeProvider time) : IDisposable
{
    /// <summary>Above the downstream timeout of the services, so that their account of who failed arrives.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Bounds sockets, memory, and how long a stop waits.</summary>
    private const int MaxInFlight = 256;

    /// <summary>Smooths over a pause of the collector or of the machine.</summary>
    private const int MaxDue = 256;

    /// <summary>Timers are no finer; below this they would only cost.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(2);
    private const int MaxDetailLength = 200;
    private const string NoVersion = "none";

    private readonly HttpClient _client = SampleHttp.CreateClient(RequestTimeout);

    /// <summary>Until cancelled or the duration is over; returns when the last request sent is answered.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var due = Channel.CreateBounded<DueRequest>(new BoundedChannelOptions(MaxDue) { SingleWriter = true });
        var sending = Parallel.ForEachAsync(
            due.Reader.ReadAllAsync(CancellationToken.None),
            new ParallelOptions { MaxDegreeOfParallelism = MaxInFlight },
            (request, _) => SendAsync(request)
        );

        await PaceAsync(due.Writer, cancellationToken);
        due.Writer.Complete();
        await sending;
    }

    public void Dispose() => _client.Dispose();

    private async Task PaceAsync(ChannelWriter<DueRequest> due, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var end = settings.Duration ?? TimeSpan.MaxValue;
        var at = TimeSpan.Zero;
        var number = 0L;
        while (at < end && !cancellationToken.IsCancellationRequested)
        {
            var target = (int)(number % settings.Targets.Length);
            if (!due.TryWrite(new DueRequest(target, time.GetTimestamp())))
            {
                counters.Dropped();
            }

            number++;
            at = TimeSpan.FromSeconds(number / settings.RequestsPerSecond);
            var wait = at - time.GetElapsedTime(start);
            if (wait > ShortestWait)
            {
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async ValueTask SendAsync(DueRequest request)
    {
        counters.Sent();
        var outcome = await AskAsync(settings.Targets[request.Target]);
        counters.Answered(request.Target, outcome, time.GetElapsedTime(request.At), time.GetUtcNow());
    }

    // Not cancelled by a stop: a request in flight is one that somebody may lose, and it must be counted.
    private async Task<RequestOutcome> AskAsync(Uri target)
    {
        try
        {
            using var response = await _client.GetAsync(target, CancellationToken.None);
            var version = response.Headers.TryGetValues("X-Orc-Version", out var named)
                ? string.Join(',', named)
                : NoVersion;
            var outcome = new RequestOutcome((int)response.StatusCode, version, Detail: "");
            return outcome.IsOk
                ? outcome
                : outcome with
                {
                    Detail = Shorten(await response.Content.ReadAsStringAsync(CancellationToken.None)),
                };
        }
        catch (HttpRequestException failure)
        {
            return new RequestOutcome(Status: 0, NoVersion, failure.HttpRequestError.ToString());
        }
        catch (TaskCanceledException late) when (late.InnerException is TimeoutException)
        {
            return new RequestOutcome(Status: 0, NoVersion, "timeout");
        }
    }

    private static string Shorten(string text) => text.Length <= MaxDetailLength ? text : text[..MaxDetailLength];

    private readonly record struct DueRequest(int Target, long At);
}
