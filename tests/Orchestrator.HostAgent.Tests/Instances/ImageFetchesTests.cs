using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class ImageFetchesTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly SlowStore _store = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ImageFetches _fetches;
    private readonly Task _running;
    private long _freeBytes = long.MaxValue;
    private int _fetched;
    private int _looks;

    public ImageFetchesTests()
    {
        _fetches = new ImageFetches(
            _store.EnsureAsync,
            () => _store.Held,
            new DiskFloor(ReadFree, bytes: 1_000),
            _clock,
            NullLogger<ImageFetches>.Instance
        );
        _running = _fetches.RunAsync(() => Interlocked.Increment(ref _fetched), _stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    [Fact]
    public async Task What_is_wished_for_is_fetched_one_after_the_other_in_its_order()
    {
        await _fetches.WishAsync([Image('a'), Image('b')]);

        var first = await _store.AskedAsync();
        Assert.Equal(Image('a'), first.Image);
        Assert.Equal(1, _store.Count);
        first.Succeed();
        var second = await _store.AskedAsync();
        second.Succeed();

        Assert.Equal(Image('b'), second.Image);
        await Poll.UntilAsync(() => Volatile.Read(ref _fetched) == 2, "both are told of");
    }

    [Fact]
    public async Task An_instance_that_waits_comes_first_and_the_rest_goes_on_after_it()
    {
        await _fetches.WishAsync([Image('a')]);
        var ahead = await _store.AskedAsync();

        var start = _fetches.EnsureAsync(Image('b'), CancellationToken.None);
        var urgent = await _store.AskedAsync();
        await ahead.GivenUp.WaitAsync(Poll.Deadline, TestContext.Current.CancellationToken);
        Assert.Equal(Image('b'), urgent.Image);
        Assert.Equal(2, _store.Count); // Nothing is fetched ahead while somebody waits.
        urgent.Succeed();
        await start;

        Assert.Equal(Image('a'), (await _store.AskedAsync()).Image);
    }

    [Fact]
    public async Task An_instance_that_waits_for_what_is_being_fetched_ahead_does_not_stop_it()
    {
        await _fetches.WishAsync([Image('a')]);
        var ahead = await _store.AskedAsync();

        var start = _fetches.EnsureAsync(Image('a'), CancellationToken.None);
        var same = await _store.AskedAsync();
        ahead.Succeed();
        same.Succeed();
        await start;

        await Poll.UntilAsync(() => Volatile.Read(ref _fetched) == 1, "it is here");
        Assert.False(ahead.GivenUp.IsCompleted);
    }

    [Fact]
    public async Task An_instance_whose_image_is_here_stops_nothing()
    {
        _store.Held = ["bbbbbbbbbbbb"];
        await _fetches.WishAsync([Image('a')]);
        var ahead = await _store.AskedAsync();

        var start = _fetches.EnsureAsync(Image('b'), CancellationToken.None);
        (await _store.AskedAsync()).Succeed();
        await start;
        ahead.Succeed();

        await Poll.UntilAsync(() => Volatile.Read(ref _fetched) == 1, "it is here");
        Assert.False(ahead.GivenUp.IsCompleted);
    }

    [Fact]
    public async Task What_is_wished_for_no_longer_is_given_up()
    {
        await _fetches.WishAsync([Image('a')]);
        var ahead = await _store.AskedAsync();

        await _fetches.WishAsync([Image('b')]);
        await ahead.GivenUp.WaitAsync(Poll.Deadline, TestContext.Current.CancellationToken);

        Assert.Equal(Image('b'), (await _store.AskedAsync()).Image);
    }

    [Fact]
    public async Task One_that_failed_waits_longer_each_time_and_the_next_one_does_not_wait_for_it()
    {
        await _fetches.WishAsync([Image('a'), Image('b')]);

        (await _store.AskedAsync()).Fail();
        (await _store.AskedAsync()).Succeed();
        await Poll.UntilAsync(() => Volatile.Read(ref _fetched) == 1, "the other one is here");
        var first = await PassAsync(until: 3);
        (await _store.AskedAsync()).Fail();
        var second = await PassAsync(until: 4);

        Assert.InRange(first, TimeSpan.FromSeconds(5), TimeSpan.MaxValue);
        Assert.InRange(second, TimeSpan.FromSeconds(10), TimeSpan.MaxValue);
        Assert.Equal(Image('a'), (await _store.AskedAsync()).Image);
    }

    [Fact]
    public async Task Nothing_is_fetched_ahead_while_the_disk_is_nearly_full()
    {
        Interlocked.Exchange(ref _freeBytes, 999);
        await _fetches.WishAsync([Image('a')]);
        await Poll.UntilAsync(() => Volatile.Read(ref _looks) > 0, "the disk is looked at");
        var start = _fetches.EnsureAsync(Image('b'), CancellationToken.None);

        var only = await _store.AskedAsync();
        Assert.Equal(Image('b'), only.Image); // What an instance needs is.
        only.Succeed();
        await start;
        Interlocked.Exchange(ref _freeBytes, 1_000);
        await PassAsync(until: 2);

        Assert.Equal(Image('a'), (await _store.AskedAsync()).Image);
    }

    [Fact]
    public async Task One_that_fills_the_disk_is_given_up()
    {
        await _fetches.WishAsync([Image('a')]);
        var ahead = await _store.AskedAsync();

        Interlocked.Exchange(ref _freeBytes, 999);
        await Poll.UntilAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return ahead.GivenUp.IsCompleted;
            },
            "it is given up"
        );

        Assert.Equal(0, Volatile.Read(ref _fetched));
    }

    /// <summary>How much time it took, in steps of a second: the loop sets its timer a moment after it has met a failure.</summary>
    private async Task<TimeSpan> PassAsync(int until)
    {
        var began = _clock.GetUtcNow();
        await Poll.UntilAsync(
            () =>
            {
                if (_store.Count < until)
                {
                    _clock.Advance(TimeSpan.FromSeconds(1));
                }

                return _store.Count >= until;
            },
            "it is tried again"
        );
        return _clock.GetUtcNow() - began;
    }

    private long ReadFree()
    {
        Interlocked.Increment(ref _looks);
        return Interlocked.Read(ref _freeBytes);
    }

    private static string Image(char digit) => "test@sha256:" + new string(digit, 64);

    /// <summary>Every fetch lasts until the test ends it.</summary>
    private sealed class SlowStore
    {
        private readonly System.Threading.Channels.Channel<Fetch> _asked =
            System.Threading.Channels.Channel.CreateUnbounded<Fetch>();

        private int _count;

        public IReadOnlyList<string> Held { get; set; } = [];

        public int Count => Volatile.Read(ref _count);

        public async Task<UnpackedImage> EnsureAsync(string image, CancellationToken cancellationToken)
        {
            var fetch = new Fetch(image);
            Interlocked.Increment(ref _count);
            await _asked.Writer.WriteAsync(fetch, CancellationToken.None);
            return await fetch.EndAsync(cancellationToken);
        }

        public async Task<Fetch> AskedAsync() =>
            await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Poll.Deadline);
    }

    private sealed class Fetch(string image)
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Image => image;

        public Task GivenUp => _givenUp.Task;

        public void Succeed() => _end.TrySetResult();

        public void Fail() => _end.TrySetException(new ImageRefusedException("No image source has it."));

        public async Task<UnpackedImage> EndAsync(CancellationToken cancellationToken)
        {
            try
            {
                await _end.Task.WaitAsync(cancellationToken);
                return new UnpackedImage("", OciImageConfig.Empty);
            }
            catch (OperationCanceledException)
            {
                _givenUp.TrySetResult();
                throw;
            }
        }
    }
}
