using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes.Processes;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class ImageCollectorTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _clock = new(Now);
    private readonly ExitWatch _exits = new();
    private readonly ImageStore _store;
    private readonly ProcessRuntime _runtime;
    private readonly ImageUse _use = new(() => []);
    private readonly CollectedLog _log = new();
    private ImageKeeping _keeping = new(TimeSpan.FromHours(24), HighPercent: 85, LowPercent: 80);
    private int _percentPerImage;

    public ImageCollectorTests()
    {
        _store = new ImageStore(_directory["store"], [_directory["layouts"]], UnpackLimits.Default);
        _runtime = new ProcessRuntime(_directory["process"], _store, _exits);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IReadOnlyList<Sha256Digest> Held => [.. _store.Held.All().Select(image => image.Digest)];

    public void Dispose()
    {
        _runtime.Dispose();
        _store.Dispose();
        _exits.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task An_image_goes_when_nobody_has_needed_it_for_long_enough()
    {
        var older = await AnImageAsync("older", TimeSpan.FromHours(24));
        var newer = await AnImageAsync("newer", TimeSpan.FromHours(23.9));
        _use.Assign([]);

        Assert.True(await CollectAsync());

        Assert.Equal([newer], Held);
        Assert.True(_log.Has($"The image {older} is removed: nobody has needed it for 24 hours."));
        Assert.Single(Directory.GetDirectories(_directory["store/files"]));
    }

    [Fact]
    public async Task One_that_is_needed_stays_and_its_time_begins_when_it_is_needed_no_more()
    {
        var image = await AnImageAsync("app", TimeSpan.FromDays(30));
        _use.Assign([$"app@{image}"]);
        Assert.False(await CollectAsync());
        _use.Assign([]);

        Assert.False(await CollectAsync());

        Assert.Equal([image], Held);
    }

    [Fact]
    public async Task Before_the_assignment_is_known_nothing_goes()
    {
        var image = await AnImageAsync("app", TimeSpan.FromDays(30));
        _percentPerImage = 99;

        Assert.False(await CollectAsync());

        Assert.Equal([image], Held);
    }

    [Fact]
    public async Task On_a_full_disk_they_go_early_the_longest_unused_first_until_there_is_room()
    {
        var needed = await AnImageAsync("needed", TimeSpan.FromHours(9));
        var oldest = await AnImageAsync("oldest", TimeSpan.FromHours(3));
        var second = await AnImageAsync("second", TimeSpan.FromHours(2));
        var newest = await AnImageAsync("newest", TimeSpan.FromHours(1));
        _use.Assign([$"app@{needed}"]);
        _percentPerImage = 22; // 88, then 66.
        _keeping = _keeping with { LowPercent = 66 };

        Assert.True(await CollectAsync());

        Assert.DoesNotContain(oldest, Held);
        Assert.Equal(new HashSet<Sha256Digest> { needed, second, newest }, [.. Held]);
        Assert.True(_log.Has($"The image {oldest} is removed: the disk is 88 % full"));
    }

    [Fact]
    public async Task A_disk_that_is_not_above_the_high_mark_is_full_enough()
    {
        await AnImageAsync("one", TimeSpan.FromHours(3));
        _use.Assign([]);
        _percentPerImage = 85;

        Assert.False(await CollectAsync());
    }

    [Fact]
    public async Task At_once_is_at_once()
    {
        await AnImageAsync("one", TimeSpan.Zero);
        _use.Assign([]);
        _keeping = _keeping with { Time = TimeSpan.Zero };

        Assert.True(await CollectAsync());

        Assert.Empty(Held);
    }

    private async Task<bool> CollectAsync()
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));
        return await new ImageCollector(
            _runtime,
            _use,
            _keeping,
            () => _percentPerImage * Held.Count,
            _clock,
            loggers.CreateLogger<ImageCollector>()
        ).CollectAsync(Token);
    }

    private async Task<Sha256Digest> AnImageAsync(string name, TimeSpan unused)
    {
        var image = new ImageBuilder(_directory[$"layouts/{name}"])
            .WithLayer(ImageBuilder.Tar(ImageBuilder.AFile(name, name)), isGzip: false)
            .Build();
        await _store.EnsureAsync(image, Token);
        var digest = Sha256Digest.OfReference(image);
        File.SetLastWriteTimeUtc(_store.Held.PathOf(digest), (Now - unused).UtcDateTime);
        return digest;
    }
}
