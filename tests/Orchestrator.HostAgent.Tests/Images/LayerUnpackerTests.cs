using System.Formats.Tar;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Tests.Support;
using static Orchestrator.HostAgent.Tests.Support.ImageBuilder;

namespace Orchestrator.HostAgent.Tests.Images;

public sealed class LayerUnpackerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _root;

    public LayerUnpackerTests()
    {
        _root = _directory["root"];
        Directory.CreateDirectory(_root);
        File.WriteAllText(_directory["secret"], "of the host");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Files_directories_and_links_come_out_as_they_went_in()
    {
        Unpack(
            ADirectory("bin"),
            AFile("bin/app", "program"),
            ALink("bin/link", "app"),
            AHardLink("bin/same", "bin/app"),
            ALink("absolute", "/bin/app")
        );

        Assert.Equal("program", Read("bin/app"));
        Assert.Equal("program", Read("bin/link"));
        Assert.Equal("program", Read("bin/same"));
        Assert.Equal("/bin/app", new FileInfo(Path.Combine(_root, "absolute")).LinkTarget);
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(Path.Combine(_root, "bin/app")));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../secret")]
    [InlineData("a/../../secret")]
    [InlineData("a/..")]
    public void A_name_that_leads_out_is_refused(string name)
    {
        Assert.Throws<ImageRefusedException>(() => Unpack(AFile(name, "evil")));

        Assert.Equal("of the host", File.ReadAllText(_directory["secret"]));
    }

    [Theory]
    [InlineData("link", "../secret")]
    [InlineData("a/b/link", "../../../secret")]
    [InlineData("link", "a/../../secret")]
    public void A_link_that_escapes_is_refused(string name, string target) =>
        Assert.Throws<ImageRefusedException>(() => Unpack(ALink(name, target)));

    [Fact]
    public void An_absolute_link_leads_into_the_image_and_not_into_the_host()
    {
        var outside = _directory["outside"];
        Directory.CreateDirectory(outside);

        Unpack(ALink("way", outside), AFile("way/file", "evil"));

        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.Equal("evil", File.ReadAllText(_root + outside + "/file"));
    }

    [Fact]
    public void A_file_over_a_link_replaces_the_link_and_not_what_it_points_to()
    {
        Unpack(ALink("link", _directory["secret"]), AFile("link", "new"));

        Assert.Equal("of the host", File.ReadAllText(_directory["secret"]));
        Assert.Equal("new", Read("link"));
    }

    [Fact]
    public void A_hard_link_to_a_file_of_the_host_is_refused()
    {
        Assert.Throws<ImageRefusedException>(() => Unpack(AHardLink("stolen", "../secret")));
        Assert.Throws<ImageRefusedException>(() =>
            Unpack(ALink("link", _directory["secret"]), AHardLink("stolen", "link"))
        );
    }

    [Fact]
    public void A_link_loop_is_refused_instead_of_followed_for_ever() =>
        Assert.Throws<ImageRefusedException>(() => Unpack(ALink("a", "b"), ALink("b", "a"), AFile("a/file", "")));

    [Theory]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public void A_device_is_refused(TarEntryType type) =>
        Assert.Throws<ImageRefusedException>(() => Unpack(new PaxTarEntry(type, "dev")));

    [Fact]
    public void A_file_never_comes_out_with_another_users_rights()
    {
        var entry = AFile("su", "program");
        entry.Mode |= UnixFileMode.SetUser | UnixFileMode.SetGroup;

        Unpack(entry);

        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(Path.Combine(_root, "su")));
    }

    [Fact]
    public void A_whiteout_hides_what_a_lower_layer_has()
    {
        Unpack(AFile("a/file", "1"), AFile("b/file", "2"), AFile("c", "3"));

        Unpack(AFile("a/.wh.file", ""), AFile(".wh.b", ""));

        Assert.False(File.Exists(Path.Combine(_root, "a/file")));
        Assert.False(Directory.Exists(Path.Combine(_root, "b")));
        Assert.Equal("3", Read("c"));
    }

    [Fact]
    public void An_opaque_directory_hides_lower_layers_and_keeps_its_own()
    {
        Unpack(AFile("a/old", "1"), AFile("a/deep/old", "2"));

        Unpack(AFile("a/deep/new", "3"), AFile("a/.wh..wh..opq", ""), AFile("a/later", "4"));

        Assert.False(File.Exists(Path.Combine(_root, "a/old")));
        Assert.Equal("3", Read("a/deep/new"));
        Assert.Equal("4", Read("a/later"));
    }

    [Theory]
    [InlineData(".wh...")]
    [InlineData(".wh..")]
    [InlineData(".wh.")]
    public void A_whiteout_of_no_name_is_refused(string name)
    {
        Assert.Throws<ImageRefusedException>(() => Unpack(AFile($"a/{name}", "")));

        Assert.True(Directory.Exists(_root));
        Assert.True(File.Exists(_directory["secret"]));
    }

    [Fact]
    public void A_whiteout_through_a_link_stays_inside()
    {
        Unpack(ALink("way", _directory.Path), AFile("way/.wh.secret", ""));

        Assert.True(File.Exists(_directory["secret"]));
    }

    [Fact]
    public void A_file_may_become_a_directory_and_back()
    {
        Unpack(AFile("a", "file"));
        Unpack(AFile("a2", ""), ADirectory("b"), AFile("b/inner", ""));

        Unpack(ADirectory("a"), AFile("a/inner", "1"), AFile("b", "2"));

        Assert.Equal("1", Read("a/inner"));
        Assert.Equal("2", Read("b"));
    }

    [Fact]
    public void Too_many_entries_are_refused()
    {
        var limits = UnpackLimits.Default with { MaxEntries = 2 };

        var refusal = Assert.Throws<ImageRefusedException>(() =>
            Unpack(limits, AFile("a", ""), AFile("b", ""), AFile("c", ""))
        );

        Assert.Equal("The image has more than 2 files.", refusal.Message);
    }

    [Fact]
    public void Too_many_bytes_are_refused_before_they_are_written()
    {
        var limits = UnpackLimits.Default with { MaxBytes = 5 };

        Assert.Throws<ImageRefusedException>(() => Unpack(limits, AFile("a", "123"), AFile("b", "456")));

        Assert.False(File.Exists(Path.Combine(_root, "b")));
    }

    [Theory]
    [InlineData(100, 8)] // Mode.
    [InlineData(108, 8)] // User.
    [InlineData(124, 12)] // Size.
    [InlineData(136, 12)] // Time.
    public void Numbers_that_no_file_can_have_are_refused(int offset, int length)
    {
        var archive = ImageBuilder.Tar(ImageBuilder.AFile("app", "program"));
        // The extended header comes first, with a header and one block of content.
        var header = archive.AsSpan(2 * 512, 512);
        header.Slice(offset, length).Fill(0xFF);
        header[offset] = 0x80; // In binary, and so more than 64 bits.
        header.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in header)
        {
            sum += value;
        }

        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", header.Slice(148, 8));

        Assert.Throws<ImageRefusedException>(() =>
            new LayerUnpacker(_root, new UnpackBudget(UnpackLimits.Default)).Unpack(
                new MemoryStream(archive),
                TestContext.Current.CancellationToken
            )
        );
    }

    /// <summary>The library would make room for all of it before it reads any.</summary>
    [Theory]
    [InlineData('x', 2_000_000_000)]
    [InlineData('g', TarHeaderGuard.MaxHeader + 1)]
    [InlineData('L', 2_000_000_000)]
    [InlineData('K', 2_000_000_000)]
    public void A_header_that_says_that_it_is_huge_is_refused_before_it_is_read(char type, long size)
    {
        var first = ImageBuilder.Tar(ImageBuilder.AFile("first", "one"));
        byte[] archive = [.. first.AsSpan(..^1024), .. AHeader(type, size)];

        var refused = Assert.Throws<ImageRefusedException>(() => Unpack(archive));

        Assert.StartsWith($"A layer's archive has a header of {size} bytes", refused.Message, StringComparison.Ordinal);
        Assert.Equal("one", Read("first"));
    }

    [Fact]
    public void What_looks_like_a_huge_header_inside_a_file_is_a_part_of_the_file()
    {
        var content = System.Text.Encoding.Latin1.GetString(AHeader('x', 2_000_000_000));
        var entry = new PaxTarEntry(
            TarEntryType.RegularFile,
            "trap",
            [KeyValuePair.Create("note", new string('n', 2_000))]
        )
        {
            DataStream = new MemoryStream(System.Text.Encoding.Latin1.GetBytes(content)),
        };

        Unpack(entry, ImageBuilder.AFile("last", "two"));

        Assert.Equal(512, new FileInfo(Path.Combine(_root, "trap")).Length);
        Assert.Equal("two", Read("last"));
    }

    [Fact]
    public void What_is_no_archive_is_refused() =>
        Assert.Throws<ImageRefusedException>(() =>
        {
            var noise = new byte[4096];
            new Random(1).NextBytes(noise);
            new LayerUnpacker(_root, new UnpackBudget(UnpackLimits.Default)).Unpack(
                new MemoryStream(noise),
                TestContext.Current.CancellationToken
            );
        });

    /// <summary>One block, with a sum that is right.</summary>
    private static byte[] AHeader(char type, long size)
    {
        var header = new byte[512];
        "name"u8.CopyTo(header);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0'), header.AsSpan(124));
        header[156] = (byte)type;
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        "00"u8.CopyTo(header.AsSpan(263));
        header.AsSpan(148, 8).Fill((byte)' ');
        System.Text.Encoding.ASCII.GetBytes(
            Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0') + "\0 ",
            header.AsSpan(148)
        );
        return header;
    }

    private string Read(string path) => File.ReadAllText(Path.Combine(_root, path));

    private void Unpack(byte[] archive) =>
        new LayerUnpacker(_root, new UnpackBudget(UnpackLimits.Default)).Unpack(
            new MemoryStream(archive),
            TestContext.Current.CancellationToken
        );

    private void Unpack(params TarEntry[] entries) => Unpack(UnpackLimits.Default, entries);

    private void Unpack(UnpackLimits limits, params TarEntry[] entries) =>
        new LayerUnpacker(_root, new UnpackBudget(limits)).Unpack(
            new MemoryStream(Tar(entries)),
            TestContext.Current.CancellationToken
        );
}
