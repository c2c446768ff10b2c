using System.Diagnostics;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>Waits for what real processes do.</summary>
internal static class Poll
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Much longer than anything takes here, for machines that do much else besides.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Tenths of a second are usual.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>The fastest counts: a machine that does much else besides makes some slow, but not all.</summary>
    public const int Tries = 4;

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => condition() ? "" : null, what);

    public static Task<T> UntilAsync<T>(Func<T?> find, string what)
        where T : class => UntilAsync(() => Task.FromResult(find()), what);

    public static async Task<T> UntilAsync<T>(Func<Task<T?>> findAsync, string what)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await findAsync() is { } found)
            {
                return found;
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < Deadline, $"Waited in vain: {what}");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
