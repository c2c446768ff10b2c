using System.Globalization;
using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// Takes away images that nobody needs any more: those that nobody has needed for long, and when the disk fills up the others
/// too, the longest unused first, until there is room again.
/// </summary>
/// <param name="usedPercent">How full the disk that images are on is, 0 to 100.</param>
internal sealed partial class ImageCollector(
    IContainerRuntime runtime,
    ImageUse use,
    ImageKeeping keeping,
    Func<double> usedPercent,
    TimeProvider clock,
    ILogger<ImageCollector> logger
)
{
    /// <summary>How often the disk is looked at when nothing else happens.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>How exactly it is written down that an image is still needed; much shorter than it is kept.</summary>
    private static readonly TimeSpan Exactness = TimeSpan.FromMinutes(10);

    /// <summary>What could not be removed and has been told of.</summary>
    private readonly HashSet<Sha256Digest> _told = [];

    /// <param name="removed">Called after a round that removed something.</param>
    public async Task RunAsync(Action removed, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await use.WaitAsync(Interval, clock, cancellationToken);
            try
            {
                if (await CollectAsync(cancellationToken))
                {
                    removed();
                }
            }
            catch (Exception e) when (InstanceRunner.IsOfTheWorld(e))
            {
                LogNotLooked(e.Message);
            }
        }
    }

    /// <summary>One round; whether it removed anything.</summary>
    public async Task<bool> CollectAsync(CancellationToken cancellationToken)
    {
        var hasRemoved = false;
        var isFull = usedPercent() > keeping.HighPercent;
        foreach (var image in runtime.Images.All())
        {
            if (use.IsNeeded(image.Digest))
            {
                StillUsed(image);
            }
            else if (ReasonFor(image, isFull) is { } reason)
            {
                hasRemoved |= await RemoveAsync(image.Digest, reason, cancellationToken);
                isFull = isFull && usedPercent() > keeping.LowPercent;
            }
        }

        return hasRemoved;
    }

    /// <summary>Null: it stays.</summary>
    private string? ReasonFor(HeldImage image, bool isFull)
    {
        if (clock.GetUtcNow() - image.LastUsed >= keeping.Time)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"nobody has needed it for {keeping.Time.TotalHours:0} hours"
            );
        }

        return isFull
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the disk is {usedPercent():0} % full, and it was used the longest ago"
            )
            : null;
    }

    /// <summary>So that its time begins when the last one goes that needs it, also for the next agent.</summary>
    private void StillUsed(HeldImage image)
    {
        if (clock.GetUtcNow() - image.LastUsed > Exactness)
        {
            try
            {
                runtime.Images.Use(image.Digest);
            }
            catch (IOException)
            {
                // It is gone from the disk by another hand, and missed when it is next started from.
            }
        }
    }

    private async Task<bool> RemoveAsync(Sha256Digest image, string reason, CancellationToken cancellationToken)
    {
        try
        {
            if (!await use.RemoveAsync(image, () => runtime.RemoveImageAsync(image, cancellationToken)))
            {
                return false;
            }

            _told.Remove(image);
            LogRemoved(image, reason);
            return true;
        }
        catch (Exception e) when (InstanceRunner.IsOfTheWorld(e))
        {
            if (_told.Add(image))
            {
                LogNotRemoved(image, e.Message);
            }

            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Images that nobody needs could not be looked for: {Reason}")]
    private partial void LogNotLooked(string reason);

    [LoggerMessage(LogLevel.Information, "The image {Image} is removed: {Reason}.")]
    private partial void LogRemoved(Sha256Digest image, string reason);

    [LoggerMessage(LogLevel.Warning, "The image {Image} could not be removed, and will be tried again: {Reason}")]
    private partial void LogNotRemoved(Sha256Digest image, string reason);
}

/// <param name="Time">How long an image stays that nobody needs.</param>
/// <param name="HighPercent">When the disk is fuller than that, it does not stay so long.</param>
/// <param name="LowPercent">How full the disk may be afterwards.</param>
internal sealed record ImageKeeping(TimeSpan Time, int HighPercent, int LowPercent);
