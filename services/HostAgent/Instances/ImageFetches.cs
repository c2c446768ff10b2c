using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// Fetches images: at once what an instance waits for, and one after the other what is wished for, while no instance waits.
/// What is fetched ahead is only ever a convenience: it fails nothing, and it leaves room on the disk.
/// </summary>
internal sealed partial class ImageFetches(
    Func<string, CancellationToken, Task<UnpackedImage>> ensure,
    Func<IReadOnlyList<string>> held,
    DiskFloor disk,
    TimeProvider clock,
    ILogger<ImageFetches> logger
)
{
    /// <summary>A conductor asks for fewer.</summary>
    public const int MaxWished = 16;

    /// <summary>How often the disk is looked at while it fills.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(10);

    /// <summary>Beyond the longest delay already.</summary>
    private const int MaxDoublings = 10;

    private readonly Lock _lock = new();

    /// <summary>Holds one wake-up: more would say no more.</summary>
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>What is not here yet, the most urgent first.</summary>
    private List<Wished> _wished = [];

    private Wished? _fetching;
    private int _waiting;

    /// <summary>For an instance, which waits for it.</summary>
    /// <exception cref="ImageRefusedException">The image is missing or not fit to run.</exception>
    public async Task<UnpackedImage> EnsureAsync(string image, CancellationToken cancellationToken)
    {
        Task makingWay;
        lock (_lock)
        {
            _waiting++;
            makingWay =
                _fetching is { } other && other.Image != image && !IsHeld(image)
                    ? other.GiveUpAsync()
                    : Task.CompletedTask;
        }

        try
        {
            await makingWay;
            return await ensure(image, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _waiting--;
            }

            _wake.Writer.TryWrite(true);
        }
    }

    /// <summary>From now on these and no others are fetched ahead. One that failed goes on waiting as long as it had to.</summary>
    public async Task WishAsync(IReadOnlyList<string> images)
    {
        Task givingUp;
        lock (_lock)
        {
            var before = _wished;
            _wished =
            [
                .. images
                    .Distinct(StringComparer.Ordinal)
                    .Take(MaxWished)
                    .Select(image => before.Find(each => each.Image == image) ?? new Wished(image)),
            ];
            givingUp =
                _fetching is { } current && !_wished.Contains(current) ? current.GiveUpAsync() : Task.CompletedTask;
        }

        await givingUp;
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Fetches what is wished for until it is cancelled.</summary>
    /// <param name="fetched">Called after each that is here now.</param>
    public async Task RunAsync(Action fetched, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var (next, wait) = Next(cancellationToken);
            if (next is null)
            {
                await WaitAsync(wait, cancellationToken);
            }
            else if (await FetchAsync(next, cancellationToken))
            {
                fetched();
            }
        }
    }

    /// <summary>What to fetch now, or how long there will be nothing to; null until somebody wakes us.</summary>
    private (Wished? Next, TimeSpan? Wait) Next(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_waiting > 0 || _wished.Count == 0)
            {
                return (null, null);
            }

            var now = clock.GetUtcNow();
            _fetching = _wished.Find(each => each.NotBefore <= now);
            _fetching?.Begin(cancellationToken);
            return (_fetching, _fetching is null ? _wished.Min(each => each.NotBefore) - now : null);
        }
    }

    private async Task WaitAsync(TimeSpan? wait, CancellationToken cancellationToken)
    {
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var woken = _wake.Reader.WaitToReadAsync(awake.Token).AsTask();
        await Task.WhenAny(woken, wait is { } time ? Task.Delay(time, clock, awake.Token) : woken);
        await awake.CancelAsync();
        _wake.Reader.TryRead(out _);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task<bool> FetchAsync(Wished wished, CancellationToken cancellationToken)
    {
        string? failure = null;
        try
        {
            await FetchWithRoomAsync(wished);
            LogFetched(wished.Image);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // Somebody waits for another one, or nobody wishes it any more.
        }
        catch (Exception e) when (InstanceRunner.IsOfTheWorld(e))
        {
            failure = e.Message;
            LogNotFetched(wished.Image, failure);
            return false;
        }
        finally
        {
            await EndAsync(wished, failure);
        }
    }

    private async Task EndAsync(Wished wished, string? failure)
    {
        lock (_lock)
        {
            _fetching = null;
            if (failure is not null)
            {
                wished.Failures++;
                var doubled = FirstDelay * (1 << Math.Min(wished.Failures - 1, MaxDoublings));
                wished.NotBefore = clock.GetUtcNow() + (doubled < MaxDelay ? doubled : MaxDelay);
            }
            else if (!wished.IsGivenUp)
            {
                _wished.Remove(wished);
            }
        }

        await wished.EndAsync();
    }

    private async Task FetchWithRoomAsync(Wished wished)
    {
        disk.Check();
        var fetch = ensure(wished.Image, wished.Token);
        while (!fetch.IsCompleted)
        {
            using var look = new CancellationTokenSource();
            await Task.WhenAny(fetch, Task.Delay(LookEvery, clock, look.Token));
            await look.CancelAsync();
            if (!fetch.IsCompleted && disk.IsBelow)
            {
                await GiveUpAsync(wished);
                await ((Task)fetch).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                disk.Check();
            }
        }

        await fetch;
    }

    private Task GiveUpAsync(Wished wished)
    {
        lock (_lock)
        {
            return wished.GiveUpAsync();
        }
    }

    /// <summary>As the runtime remembers; it need not be sure.</summary>
    private bool IsHeld(string image) =>
        held().Any(digits => image.Contains($"@sha256:{digits}", StringComparison.Ordinal));

    [LoggerMessage(LogLevel.Information, "{Image} is here before an instance needs it.")]
    private partial void LogFetched(string image);

    [LoggerMessage(LogLevel.Information, "{Image} could not be fetched ahead, and will be tried again: {Reason}")]
    private partial void LogNotFetched(string image, string reason);

    /// <summary>Belongs to whoever holds the lock, but for its token and its end.</summary>
    private sealed class Wished(string image)
    {
        private CancellationTokenSource? _givenUp;
        private Task _givingUp = Task.CompletedTask;

        public string Image => image;

        /// <summary>In a row.</summary>
        public int Failures { get; set; }

        public DateTimeOffset NotBefore { get; set; } = DateTimeOffset.MinValue;

        /// <summary>While it is fetched.</summary>
        public CancellationToken Token => _givenUp?.Token ?? CancellationToken.None;

        public bool IsGivenUp => _givenUp?.IsCancellationRequested == true;

        public void Begin(CancellationToken cancellationToken) =>
            _givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        public Task GiveUpAsync() => _givingUp = _givenUp?.CancelAsync() ?? Task.CompletedTask;

        /// <summary>Nobody gives it up from now on.</summary>
        public async Task EndAsync()
        {
            await _givingUp;
            _givenUp?.Dispose();
        }
    }
}
