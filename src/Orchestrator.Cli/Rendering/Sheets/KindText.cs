using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>How far a deployment is, in the terms of its kind.</summary>
internal static class KindText
{
    /// <summary>The state of a batch that is over and well.</summary>
    public const string Completed = "Completed";

    private const string Daemon = "daemon";
    private const string Failed = "Failed";

    public static bool IsByCount(DeploymentView deployment) => deployment.Batch is null && deployment.Kind != Daemon;

    public static string Ready(DeploymentView deployment)
    {
        var ready = deployment.Versions.Sum(share => share.Ready);
        var desired = deployment.Versions.Sum(share => share.Desired);
        return deployment switch
        {
            { Batch: { } batch } => Text(batch),
            { Kind: Daemon } => string.Create(CultureInfo.InvariantCulture, $"{ready} of {desired} hosts"),
            _ => Format.OutOf(ready, desired),
        };
    }

    public static string LastExit(BatchView? batch, DateTimeOffset now) =>
        batch?.LastExit is { } exit
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{exit.Instance}, code {exit.Code}{Format.Because(exit.Reason)}, {Format.Ago(exit.At, now)}"
            )
            : "";

    private static string Text(BatchView batch)
    {
        var running =
            batch.Running > 0 ? string.Create(CultureInfo.InvariantCulture, $", {batch.Running} running") : "";
        var failed = batch.Failed > 0 ? string.Create(CultureInfo.InvariantCulture, $", {batch.Failed} failed") : "";
        var state = batch.State == Failed ? $"failed{Format.Because(batch.Reason)}; " : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{state}{batch.Completed} of {batch.Wanted} completed{running}{failed}"
        );
    }
}
