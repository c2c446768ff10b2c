using System.Diagnostics;

namespace Orchestrator.EndToEnd.Support;

/// <summary>Waits for what real processes do.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Answers what was found; fails the test when nothing was within the deadline.</summary>
    public static async Task<T> FindAsync<T>(string what, TimeSpan deadline, Func<Task<T?>> find)
        where T : class
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (await find() is { } found)
            {
                return found;
            }

            Assert.True(clock.Elapsed < deadline, $"Not within {deadline.TotalSeconds:0} s: {what}.");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }

    public static Task IsTrueAsync(string what, TimeSpan deadline, Func<Task<bool>> condition) =>
        FindAsync(what, deadline, async () => await condition() ? "" : null);

    public static Task IsTrueAsync(string what, TimeSpan deadline, Func<bool> condition) =>
        IsTrueAsync(what, deadline, () => Task.FromResult(condition()));
}
