using System.Threading.Channels;
using Orchestrator.HostAgent.Images;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// Who needs which image: the assignment, for instances and ahead of them; each instance that has a record, also one that is
/// just stopping; and whoever is fetching it or starting from it. What none of them needs may be removed, and while it is,
/// whoever comes to need it waits.
/// </summary>
/// <param name="recorded">The images of instances that have a record, as references.</param>
internal sealed class ImageUse(Func<IEnumerable<string>> recorded)
{
    private readonly Lock _lock = new();

    /// <summary>By digest, how many.</summary>
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);

    /// <summary>Holds one wake-up: more would say no more.</summary>
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Null until the assignment is known: before that everything may be needed.</summary>
    private HashSet<string>? _assigned;

    private Removal? _removal;

    /// <summary>From now on the assignment names these and no others.</summary>
    public void Assign(IEnumerable<string> images)
    {
        var assigned = images.Select(DigestOf).ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            _assigned = assigned;
        }

        Change();
    }

    /// <summary>Somebody may need less than before.</summary>
    public void Change() => _changes.Writer.TryWrite(true);

    /// <summary>Until something has changed, or the time is over.</summary>
    public async Task WaitAsync(TimeSpan most, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changed = _changes.Reader.WaitToReadAsync(awake.Token).AsTask();
        await Task.WhenAny(changed, Task.Delay(most, clock, awake.Token));
        await awake.CancelAsync();
        _changes.Reader.TryRead(out _);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Until it is disposed the image is not removed. If it is just being removed, that ends first.</summary>
    public async Task<IDisposable> TakeAsync(string image, CancellationToken cancellationToken)
    {
        var digest = DigestOf(image);
        while (true)
        {
            Task ending;
            lock (_lock)
            {
                if (_removal is not { } removal || removal.Digest != digest)
                {
                    _taken[digest] = _taken.GetValueOrDefault(digest) + 1;
                    return new Taken(this, digest);
                }

                ending = removal.Ended.Task;
            }

            await ending.WaitAsync(cancellationToken);
        }
    }

    public bool IsNeeded(Sha256Digest image)
    {
        lock (_lock)
        {
            return IsNeeded(image.ToString());
        }
    }

    /// <summary>False if somebody needs it. One at a time.</summary>
    public async Task<bool> RemoveAsync(Sha256Digest image, Func<Task> remove)
    {
        var removal = new Removal(image.ToString());
        lock (_lock)
        {
            if (IsNeeded(removal.Digest))
            {
                return false;
            }

            _removal = removal;
        }

        try
        {
            await remove();
            return true;
        }
        finally
        {
            lock (_lock)
            {
                _removal = null;
            }

            removal.Ended.SetResult();
        }
    }

    private bool IsNeeded(string digest) =>
        _assigned?.Contains(digest) != false
        || _taken.ContainsKey(digest)
        || recorded().Any(image => DigestOf(image) == digest);

    /// <summary>What follows the name; images by other names may be the same.</summary>
    private static string DigestOf(string image) => image[(image.IndexOf('@', StringComparison.Ordinal) + 1)..];

    private void Release(string digest)
    {
        lock (_lock)
        {
            if (--_taken[digest] == 0)
            {
                _taken.Remove(digest);
            }
        }

        Change();
    }

    private sealed class Taken(ImageUse use, string digest) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            {
                use.Release(digest);
            }
        }
    }

    private sealed record Removal(string Digest)
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
