using System.Collections.Immutable;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Orchestrator.ControlPlane.Conducting;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>Renders a change once and sends it to every open page, and tells each that it is alive.</summary>
internal sealed partial class StatusBroadcast(
    Conductor conductor,
    StatusRenderer renderer,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<StatusBroadcast> logger
) : BackgroundService
{
    /// <summary>Twice a second is as fast as people read.</summary>
    public static readonly TimeSpan RenderEvery = TimeSpan.FromMilliseconds(500);

    public static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(2);

    /// <summary>Then the page asks again, and must still be signed in.</summary>
    public static readonly TimeSpan StreamLifetime = TimeSpan.FromMinutes(10);

    /// <summary>More than an organisation has people who look at once.</summary>
    public const int MaxViewers = 2_000;

    private readonly SemaphoreSlim _rendering = new(initialCount: 1, maxCount: 1);
    private volatile RenderedStatus _latest = new(Version: -1, At: default, []);
    private ImmutableHashSet<Viewer> _viewers = [];

    public bool IsFull => _viewers.Count >= MaxViewers;

    public int Viewers => _viewers.Count;

    /// <summary>As it is now; rendered only if nobody has seen it yet.</summary>
    public Task<RenderedStatus> CurrentAsync(CancellationToken cancellationToken) =>
        RefreshAsync(joining: null, cancellationToken);

    /// <summary>All fragments, then each that changes, with heartbeats between.</summary>
    public async IAsyncEnumerable<SseItem<string>> FollowAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var viewer = new Viewer();
        using var lifespan = new CancellationTokenSource(StreamLifetime, clock);
        await using var ending = lifespan.Token.Register(viewer.End);
        await using var stopping = lifetime.ApplicationStopping.Register(viewer.End);
        try
        {
            var first = await RefreshAsync(viewer, cancellationToken);
            yield return Heartbeat();
            foreach (var fragment in first.Fragments)
            {
                yield return ItemOf(fragment);
            }

            await foreach (var item in viewer.ReadAsync(() => _latest.Fragments.Select(ItemOf), cancellationToken))
            {
                yield return item;
            }
        }
        finally
        {
            ImmutableInterlocked.Update(ref _viewers, viewers => viewers.Remove(viewer));
        }
    }

    public override void Dispose()
    {
        _rendering.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(SendChangesAsync(stoppingToken), SendHeartbeatsAsync(stoppingToken));

    /// <summary>Who joins is sent what changes after what is returned, and nothing of before.</summary>
    private async Task<RenderedStatus> RefreshAsync(Viewer? joining, CancellationToken cancellationToken)
    {
        await _rendering.WaitAsync(cancellationToken);
        try
        {
            var view = conductor.Current;
            if (_latest.Version != view.Version)
            {
                var before = _latest;
                _latest = await renderer.RenderAsync(view);
                Offer([.. _latest.Fragments.Except(before.Fragments).Select(ItemOf)]);
            }

            if (joining is not null)
            {
                ImmutableInterlocked.Update(ref _viewers, viewers => viewers.Add(joining));
            }

            return _latest;
        }
        finally
        {
            _rendering.Release();
        }
    }

    private async Task SendChangesAsync(CancellationToken stoppingToken)
    {
        var seen = -1L;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                seen = (await conductor.WaitForChangeAsync(seen, stoppingToken)).Version;
                if (!_viewers.IsEmpty)
                {
                    await CurrentAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The page's own edge: what it cannot show must not stop the conductor beside it.
                LogNotShown(exception);
            }

            await Task.Delay(RenderEvery, clock, stoppingToken);
        }
    }

    private async Task SendHeartbeatsAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(HeartbeatEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Offer([Heartbeat()]);
        }
    }

    /// <summary>What time it is here, and of when what is shown is.</summary>
    private SseItem<string> Heartbeat() =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():o} {conductor.Current.At:o}"),
            "heartbeat"
        );

    private void Offer(ImmutableArray<SseItem<string>> items)
    {
        foreach (var viewer in _viewers)
        {
            foreach (var item in items)
            {
                viewer.Offer(item);
            }
        }
    }

    private static SseItem<string> ItemOf(Fragment fragment) => new(fragment.Html, fragment.Section);

    [LoggerMessage(LogLevel.Error, "The status page could not be rendered; tries again")]
    private partial void LogNotShown(Exception exception);
}
