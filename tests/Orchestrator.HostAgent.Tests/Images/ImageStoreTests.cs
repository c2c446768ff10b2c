using System.Formats.Tar;
using System.Text.Json.Nodes;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Tests.Support;
using static Orchestrator.HostAgent.Tests.Support.ImageBuilder;

namespace Orchestrator.HostAgent.Tests.Images;

public sealed class ImageStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly ImageBuilder _builder;

    public ImageStoreTests() => _builder = new ImageBuilder(_directory["layouts/one"]);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_is_unpacked_once_and_found_again(bool isGzip)
    {
        _builder.Config["Entrypoint"] = new JsonArray("/app");
        var image = _builder
            .WithLayer(Tar(AFile("app", "1"), AFile("old", "2")), isGzip)
            .WithLayer(Tar(AFile(".wh.old", "")), isGzip)
            .Build();

        var first = await EnsureAsync(image);
        Directory.Delete(_directory["layouts"], recursive: true);
        var second = await EnsureAsync(image);

        Assert.Equal("1", await File.ReadAllTextAsync(Path.Combine(first.RootDirectory, "app"), Token));
        Assert.False(File.Exists(Path.Combine(first.RootDirectory, "old")));
        Assert.Equal(first.RootDirectory, second.RootDirectory);
        Assert.Equal(["/app"], second.Config.Entrypoint);
    }

    [Fact]
    public async Task A_word_that_the_disk_has_damaged_keeps_no_agent_from_starting_and_takes_no_files_away()
    {
        var image = _builder.WithLayer(Tar(AFile("app", "1")), isGzip: true).Build();
        var first = await EnsureAsync(image);
        await File.WriteAllTextAsync(Assert.Single(Directory.GetFiles(_directory["store/images"])), "{", Token);

        using var next = new ImageStore(_directory["store"], [_directory["layouts"]], UnpackLimits.Default);

        Assert.True(File.Exists(Path.Combine(first.RootDirectory, "app")));
        Assert.Equal(first.RootDirectory, (await next.EnsureAsync(image, Token)).RootDirectory);
        Assert.Equal(first.RootDirectory, (await EnsureAsync(image)).RootDirectory);
    }

    [Fact]
    public async Task Images_that_differ_in_their_config_share_their_files()
    {
        var layer = Tar(AFile("app", "1"));
        var other = new ImageBuilder(_directory["layouts/two"]);
        other.Config["Entrypoint"] = new JsonArray("/other");

        var first = await EnsureAsync(_builder.WithLayer(layer, isGzip: true).Build());
        var second = await EnsureAsync(other.WithLayer(layer, isGzip: true).Build());

        Assert.Equal(first.RootDirectory, second.RootDirectory);
        Assert.Equal(["/other"], second.Config.Entrypoint);
    }

    [Fact]
    public async Task What_is_held_is_told_newest_used_first_also_by_the_next_agent()
    {
        var other = new ImageBuilder(_directory["layouts/two"]);
        other.Config["Entrypoint"] = new JsonArray("/other");
        var layer = Tar(AFile("app", "1"));
        var (one, two) = (
            _builder.WithLayer(layer, isGzip: true).Build(),
            other.WithLayer(layer, isGzip: true).Build()
        );
        using (var store = new ImageStore(_directory["store"], [_directory["layouts"]], UnpackLimits.Default))
        {
            Assert.Empty(store.Held.Newest());
            await store.EnsureAsync(one, Token);
            await store.EnsureAsync(two, Token);

            Assert.Equal([Digits(two), Digits(one)], store.Held.Newest());
            await store.EnsureAsync(one, Token);
            Assert.Equal([Digits(one), Digits(two)], store.Held.Newest());
        }

        using var next = new ImageStore(_directory["store"], [_directory["layouts"]], UnpackLimits.Default);

        Assert.Equal([Digits(one), Digits(two)], next.Held.Newest());

        static string Digits(string image) => Sha256Digest.OfReference(image).Hex[..12];
    }

    [Fact]
    public async Task An_image_that_nobody_has_is_refused_with_its_digest()
    {
        var image = "test@sha256:" + new string('a', 64);

        var refusal = await Assert.ThrowsAsync<ImageRefusedException>(() => EnsureAsync(image));

        Assert.Contains(new string('a', 64), refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("test:latest")]
    [InlineData("test@sha256:../../../../etc/passwd")]
    [InlineData("test@md5:00")]
    public Task What_is_no_digest_never_becomes_a_path(string image) =>
        Assert.ThrowsAsync<ImageRefusedException>(() => EnsureAsync(image));

    [Fact]
    public async Task A_forged_layer_is_refused_and_nothing_of_it_stays()
    {
        var layer = Tar(AFile("app", "1"));
        var image = _builder.WithLayer(layer, isGzip: false).Build();
        var forged = Tar(AFile("app", "2"));
        Assert.Equal(layer.Length, forged.Length);
        await File.WriteAllBytesAsync(_builder.PathOf(DigestOf(layer)), forged, Token);

        await Assert.ThrowsAsync<ImageRefusedException>(() => EnsureAsync(image));

        AssertNothingStays();
    }

    [Fact]
    public async Task A_layer_with_another_content_than_the_config_says_is_refused()
    {
        var image = _builder
            .WithLayer(Tar(AFile("app", "1")), isGzip: true)
            .WithForgedDiffId("sha256:" + new string('b', 64))
            .Build();

        await Assert.ThrowsAsync<ImageRefusedException>(() => EnsureAsync(image));

        AssertNothingStays();
    }

    [Fact]
    public async Task A_forged_manifest_is_refused()
    {
        var image = _builder.WithLayer(Tar(AFile("app", "1")), isGzip: true).Build();
        var path = _builder.PathOf(image["test@".Length..]);
        var manifest = await File.ReadAllTextAsync(path, Token);
        await File.WriteAllTextAsync(
            path,
            manifest.Replace("schemaVersion", "schemaversion", StringComparison.Ordinal),
            Token
        );

        await Assert.ThrowsAsync<ImageRefusedException>(() => EnsureAsync(image));
    }

    [Fact]
    public async Task A_bomb_is_refused_while_it_unpacks_and_nothing_of_it_stays()
    {
        var zeros = new PaxTarEntry(TarEntryType.RegularFile, "zeros")
        {
            DataStream = new MemoryStream(new byte[4 * 1024 * 1024]),
        };
        var image = _builder.WithLayer(Tar(zeros), isGzip: true).Build();

        var refusal = await Assert.ThrowsAsync<ImageRefusedException>(() =>
            EnsureAsync(image, UnpackLimits.Default with { RatioFreeBytes = 1024 * 1024, MaxRatio = 20 })
        );

        Assert.Contains("20 times", refusal.Message, StringComparison.Ordinal);
        AssertNothingStays();
    }

    [Fact]
    public async Task What_an_agent_left_that_died_while_unpacking_is_cleared_away()
    {
        Directory.CreateDirectory(_directory["store/unpacking/half"]);

        await EnsureAsync(_builder.WithLayer(Tar(AFile("app", "1")), isGzip: true).Build());

        AssertNothingIsUnpacking();
    }

    [Fact]
    public async Task A_removed_image_is_gone_with_its_files_and_can_be_fetched_again()
    {
        var image = _builder.WithLayer(Tar(AFile("app", "1")), isGzip: true).Build();
        using var store = NewStore();
        await store.EnsureAsync(image, Token);

        await store.RemoveAsync(Sha256Digest.OfReference(image), Token);
        await store.RemoveAsync(Sha256Digest.OfReference(image), Token);

        AssertNothingStays();
        Assert.Empty(store.Held.Newest());
        var again = await store.EnsureAsync(image, Token);
        Assert.True(File.Exists(Path.Combine(again.RootDirectory, "app")));
    }

    [Fact]
    public async Task Files_that_another_image_has_too_stay_until_that_goes()
    {
        var layer = Tar(AFile("app", "1"));
        var other = new ImageBuilder(_directory["layouts/two"]);
        other.Config["Entrypoint"] = new JsonArray("/other");
        var (one, two) = (
            _builder.WithLayer(layer, isGzip: true).Build(),
            other.WithLayer(layer, isGzip: true).Build()
        );
        using var store = NewStore();
        await store.EnsureAsync(one, Token);
        var kept = await store.EnsureAsync(two, Token);

        await store.RemoveAsync(Sha256Digest.OfReference(one), Token);
        Assert.True(File.Exists(Path.Combine(kept.RootDirectory, "app")));
        await store.RemoveAsync(Sha256Digest.OfReference(two), Token);

        AssertNothingStays();
    }

    [Fact]
    public async Task What_an_agent_left_that_died_while_it_removed_is_cleared_away_and_never_taken_for_whole()
    {
        var image = _builder.WithLayer(Tar(AFile("app", "1")), isGzip: true).Build();
        var unpacked = await EnsureAsync(image);
        File.Delete(_directory[$"store/images/{Sha256Digest.OfReference(image).Hex}.json"]);
        File.Delete(Path.Combine(unpacked.RootDirectory, "app"));

        var again = await EnsureAsync(image);

        Assert.True(File.Exists(Path.Combine(again.RootDirectory, "app")));
        AssertNothingIsUnpacking();
    }

    [Fact]
    public async Task An_image_whose_files_are_gone_is_fetched_again()
    {
        var image = _builder.WithLayer(Tar(AFile("app", "1")), isGzip: true).Build();
        Directory.Delete((await EnsureAsync(image)).RootDirectory, recursive: true);

        var again = await EnsureAsync(image);

        Assert.True(File.Exists(Path.Combine(again.RootDirectory, "app")));
    }

    private ImageStore NewStore() => new(_directory["store"], [_directory["layouts"]], UnpackLimits.Default);

    private void AssertNothingStays()
    {
        AssertNothingIsUnpacking();
        Assert.Empty(Directory.GetFileSystemEntries(_directory["store/files"]));
        Assert.Empty(Directory.GetFileSystemEntries(_directory["store/images"]));
    }

    private void AssertNothingIsUnpacking() =>
        Assert.Empty(Directory.GetFileSystemEntries(_directory["store/unpacking"]));

    private Task<UnpackedImage> EnsureAsync(string image) => EnsureAsync(image, UnpackLimits.Default);

    private async Task<UnpackedImage> EnsureAsync(string image, UnpackLimits limits)
    {
        using var store = new ImageStore(_directory["store"], [_directory["layouts"]], limits);
        return await store.EnsureAsync(image, TestContext.Current.CancellationToken);
    }
}
