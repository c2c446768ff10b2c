using System.Diagnostics;

namespace Orchestrator.Tests.Shared;

/// <summary>For what real processes do in their own time.</summary>
internal static class Poll
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Fails the test when the condition is not met within the deadline.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan deadline)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < deadline, $"The condition was not met within {deadline.TotalSeconds:0} s.");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
