namespace Orchestrator.Samples.Load;

/// <summary>Runs the generator with its report file and its page of statistics, and prints the counters at the end.</summary>
internal static class LoadProgram
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(LoadSettings settings, TextWriter output, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var counters = new LoadCounters(settings.Targets, time.GetUtcNow());
        using var generator = new LoadGenerator(settings, counters, time);
        await using var app = settings.Port is { } port
            ? SampleHost.Create(port, context => RespondAsync(context, counters))
            : null;
        await (app?.StartAsync(cancellationToken) ?? Task.CompletedTask);

        // Ends when the requests do: by the duration or by the signal.
        using var ended = new CancellationTokenSource();
        var reporting = ReportAsync(settings.ReportFile, counters, time, ended.Token);
        await generator.RunAsync(cancellationToken);
        await ended.CancelAsync();
        await reporting;

        await output.WriteAsync(ReportFile.ToCounters(counters.Report(time.GetUtcNow())));
        await (app?.StopAsync(CancellationToken.None) ?? Task.CompletedTask);
    }

    private static async Task ReportAsync(
        string? file,
        LoadCounters counters,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        while (file is not null)
        {
            // Looked at first: the last report is the one written after the end.
            var isLast = cancellationToken.IsCancellationRequested;
            await ReportFile.WriteAsync(file, counters.Report(time.GetUtcNow()), CancellationToken.None);
            if (isLast)
            {
                return;
            }
            await Task.Delay(ReportInterval, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Task RespondAsync(HttpContext context, LoadCounters counters) =>
        SampleHost.WriteAsync(
            context,
            StatusCodes.Status200OK,
            counters.Report(TimeProvider.System.GetUtcNow()),
            SampleJson.Default.LoadReport
        );
}
