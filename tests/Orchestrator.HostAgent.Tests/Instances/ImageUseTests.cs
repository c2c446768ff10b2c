using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class ImageUseTests
{
    private static readonly string Image = "app@sha256:" + new string('a', 64);
    private static readonly Sha256Digest Digest = Sha256Digest.OfReference(Image);

    private readonly List<string> _recorded = [];
    private readonly ImageUse _use;

    public ImageUseTests() => _use = new ImageUse(() => _recorded);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Everything_may_be_needed_before_the_assignment_is_known() => Assert.True(_use.IsNeeded(Digest));

    [Fact]
    public void What_the_assignment_names_is_needed_by_whatever_name()
    {
        _use.Assign(["other@sha256:" + new string('a', 64)]);
        Assert.True(_use.IsNeeded(Digest));

        _use.Assign([]);
        Assert.False(_use.IsNeeded(Digest));
    }

    [Fact]
    public void What_an_instance_has_a_record_of_is_needed_until_that_is_gone()
    {
        _use.Assign([]);
        _recorded.Add(Image);
        Assert.True(_use.IsNeeded(Digest));

        _recorded.Clear();
        Assert.False(_use.IsNeeded(Digest));
    }

    [Fact]
    public async Task What_somebody_has_taken_is_not_removed_until_the_last_one_has_let_go()
    {
        _use.Assign([]);
        var first = await _use.TakeAsync(Image, Token);
        var second = await _use.TakeAsync(Image, Token);

        first.Dispose();
        first.Dispose();
        Assert.False(await _use.RemoveAsync(Digest, () => throw new InvalidOperationException("It is needed.")));
        second.Dispose();
        Assert.True(await _use.RemoveAsync(Digest, () => Task.CompletedTask));
    }

    [Fact]
    public async Task Whoever_comes_to_need_it_waits_until_it_is_removed_and_nobody_else_does()
    {
        var removing = new TaskCompletionSource();
        _use.Assign([]);
        var removed = _use.RemoveAsync(Digest, () => removing.Task);

        var taken = _use.TakeAsync(Image, Token);
        (await _use.TakeAsync("app@sha256:" + new string('b', 64), Token)).Dispose();
        Assert.False(taken.IsCompleted);
        removing.SetResult();

        Assert.True(await removed);
        (await taken).Dispose();
    }

    [Fact]
    public async Task A_removal_that_fails_holds_nobody_up()
    {
        _use.Assign([]);

        await Assert.ThrowsAsync<IOException>(() => _use.RemoveAsync(Digest, () => throw new IOException("No.")));

        (await _use.TakeAsync(Image, Token)).Dispose();
    }

    [Fact]
    public async Task An_image_that_is_fetched_and_removed_over_and_over_is_whole_whenever_somebody_has_it()
    {
        using var directory = new TemporaryDirectory();
        var image = new ImageBuilder(directory["layout"])
            .WithLayer(
                ImageBuilder.Tar([.. Enumerable.Range(0, 20).Select(n => ImageBuilder.AFile($"file{n}", "whole"))]),
                isGzip: false
            )
            .Build();
        var digest = Sha256Digest.OfReference(image);
        using var store = new ImageStore(directory["store"], [directory["layout"]], UnpackLimits.Default);
        _use.Assign([]);
        const int enough = 10;
        var removals = 0;
        using var failed = new CancellationTokenSource();
        await Task.WhenAll(Task.Run(RemoveAsync, Token), Task.Run(UseAsync, Token), Task.Run(UseAsync, Token));

        async Task RemoveAsync()
        {
            while (removals < enough && !failed.IsCancellationRequested)
            {
                var isHere = store.Held.Newest().Count > 0; // To remove what is not here proves nothing.
                if (isHere && await _use.RemoveAsync(digest, () => store.RemoveAsync(digest, Token)))
                {
                    removals++;
                }

                await Task.Yield();
            }
        }

        async Task UseAsync()
        {
            while (Volatile.Read(ref removals) < enough && !failed.IsCancellationRequested)
            {
                // Nobody goes on once somebody's image was not whole.
                using var unless = new Unless(failed);
                using (await _use.TakeAsync(image, Token))
                {
                    var unpacked = await store.EnsureAsync(image, Token);
                    await Task.Yield();
                    Assert.Equal(20, Directory.GetFiles(unpacked.RootDirectory).Length);
                    var file = Path.Combine(unpacked.RootDirectory, "file19");
                    Assert.Equal("whole", await File.ReadAllTextAsync(file, Token));
                    unless.IsWell = true;
                }

                await Task.Yield();
            }
        }
    }

    private sealed class Unless(CancellationTokenSource failed) : IDisposable
    {
        public bool IsWell { get; set; }

        public void Dispose()
        {
            if (!IsWell)
            {
                failed.Cancel();
            }
        }
    }
}
