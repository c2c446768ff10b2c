using System.Diagnostics;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes;

/// <summary>Runs a program between the streams of somebody else.</summary>
internal static class PipedProcess
{
    /// <summary>A program that ended may have left a child that holds its output open.</summary>
    private static readonly TimeSpan OutputDeadline = TimeSpan.FromSeconds(1);

    /// <returns>Its exit code; 128 and the signal where one ended it.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program, or it may not be run.</exception>
    public static async Task<int> RunAsync(
        ProcessStartInfo start,
        ContainerExec exec,
        CancellationToken cancellationToken
    )
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Tool.Start(start);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var feeding = FeedAsync(process, exec.Input, ended.Token);
        var output = process.StandardOutput.BaseStream.CopyToAsync(exec.Output, ended.Token);
        var errors = process.StandardError.BaseStream.CopyToAsync(exec.Errors, ended.Token);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            ended.CancelAfter(OutputDeadline);
            await Task.WhenAll(output, errors).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(feeding, output, errors).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task FeedAsync(Process process, Stream? input, CancellationToken cancellationToken)
    {
        await using var standardInput = process.StandardInput.BaseStream;
        if (input is not null)
        {
            await input.CopyToAsync(standardInput, cancellationToken); // A broken pipe: it does not want any more.
        }
    }
}
