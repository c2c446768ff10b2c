using Microsoft.AspNetCore.Http;
using Orchestrator.Samples.Load;

namespace Orchestrator.Samples.Tests.Load;

public sealed class LoadGeneratorTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_are_counted_by_target_and_by_the_version_that_answered()
    {
        var number = 0;
        await using var gateway = await RunningSample.StartAsync(context =>
        {
            var isOld = Interlocked.Increment(ref number) <= 8;
            context.Response.Headers["X-Orc-Version"] = isOld ? "1.0.0" : "1.1.0";
            context.Response.StatusCode = isOld ? 200 : 500;
            return context.Response.WriteAsync("told to fail", context.RequestAborted);
        });

        var report = await GenerateAsync(
            ALoad(new Uri(gateway.Address, "/a"), new Uri(gateway.Address, "/b")) with
            {
                RequestsPerSecond = 10,
            }
        );

        Assert.Equal((10, 8, 2, 0, 0), (report.Sent, report.Ok, report.Failed, report.Dropped, report.InFlight));
        Assert.Equal([5, 5], report.Targets.Select(target => target.Ok + target.Failed));
        foreach (var target in report.Targets)
        {
            Assert.Equal(
                [new VersionReport("1.0.0", Ok: 4, Failed: 0), new VersionReport("1.1.0", Ok: 0, Failed: 1)],
                target.Versions
            );
            var failure = Assert.Single(target.FirstFailures);
            Assert.Equal((500, "1.1.0", "told to fail"), (failure.Status, failure.Version, failure.Detail));
            Assert.InRange(failure.At, report.StartedAt, report.At);
        }
        Assert.NotNull(report.FirstFailedAt);
        Assert.True(report.P99Milliseconds >= report.P50Milliseconds && report.P50Milliseconds > 0);
    }

    [Fact]
    public async Task Requests_go_on_while_earlier_ones_wait_and_what_finds_no_room_is_dropped()
    {
        var release = new TaskCompletionSource();
        await using var gateway = await RunningSample.StartAsync(_ => release.Task);
        var settings = ALoad(gateway.Address) with { RequestsPerSecond = 2_000, Duration = null };
        var counters = new LoadCounters(settings.Targets, DateTimeOffset.UtcNow);
        using var generator = new LoadGenerator(settings, counters, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);

        var running = generator.RunAsync(stop.Token);
        // On a busy machine the queue is full, and requests are dropped, before every slot is taken.
        await UntilAsync(() => counters.Report(DateTimeOffset.UtcNow) is { Dropped: > 0, InFlight: >= 256 });
        var stalled = counters.Report(DateTimeOffset.UtcNow);
        await stop.CancelAsync();
        release.SetResult();
        await running;

        Assert.Equal((256, 0, 0, 256), (stalled.Sent, stalled.Ok, stalled.Failed, stalled.InFlight));
        var end = counters.Report(DateTimeOffset.UtcNow);
        Assert.Equal((0, 0), (end.Failed, end.InFlight));
        Assert.Equal(end.Sent, end.Ok);
    }

    [Fact]
    public async Task A_target_that_nobody_serves_is_failed_requests_without_a_status()
    {
        var report = await GenerateAsync(ALoad(new Uri("http://127.0.0.1:1/")) with { RequestsPerSecond = 30 });

        var target = Assert.Single(report.Targets);
        Assert.Equal((0, 30), (target.Ok, target.Failed));
        Assert.Equal(20, target.FirstFailures.Count);
        Assert.All(
            target.FirstFailures,
            failure => Assert.Equal((0, "ConnectionError"), (failure.Status, failure.Detail))
        );
        Assert.Equal([new VersionReport("none", Ok: 0, Failed: 30)], target.Versions);
    }

    [Fact]
    public async Task The_report_is_kept_as_json_and_as_lines_for_a_shell()
    {
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            var file = Path.Combine(directory.FullName, "load.json");
            await using var gateway = await RunningSample.StartAsync(_ => Task.CompletedTask);
            await using var output = new StringWriter();

            await LoadProgram.RunAsync(
                ALoad(gateway.Address) with
                {
                    RequestsPerSecond = 5,
                    ReportFile = file,
                },
                output,
                Cancelled
            );

            Assert.Equal(["load.counters", "load.json"], directory.GetFiles().Select(item => item.Name).Order());
            Assert.Contains("\"sent\":5,\"ok\":5,\"failed\":0", await File.ReadAllTextAsync(file, Cancelled));
            var lines = await File.ReadAllLinesAsync(Path.ChangeExtension(file, ".counters"), Cancelled);
            Assert.Superset(
                new HashSet<string> { "sent=5", "ok=5", "failed=0", "first_failed_at=", "target.1.version.none.ok=5" },
                lines.ToHashSet()
            );
            Assert.Contains("sent=5", output.ToString());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static LoadSettings ALoad(params Uri[] targets) =>
        new()
        {
            Targets = [.. targets],
            RequestsPerSecond = 1,
            Duration = TimeSpan.FromSeconds(1),
            ReportFile = null,
            Port = null,
        };

    private static async Task<LoadReport> GenerateAsync(LoadSettings settings)
    {
        var counters = new LoadCounters(settings.Targets, DateTimeOffset.UtcNow);
        using var generator = new LoadGenerator(settings, counters, TimeProvider.System);
        await generator.RunAsync(Cancelled);
        return counters.Report(DateTimeOffset.UtcNow);
    }

    private static async Task UntilAsync(Func<bool> isTrue)
    {
        var deadline = DateTimeOffset.UtcNow.AddSeconds(30);
        while (!isTrue())
        {
            Assert.True(DateTimeOffset.UtcNow < deadline, "It did not come true within 30 seconds.");
            await Task.Delay(10, Cancelled);
        }
    }
}
