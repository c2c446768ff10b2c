using System.Diagnostics;
using System.Formats.Tar;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Orchestrator.Cli.Tests.Support;

namespace Orchestrator.Cli.Tests.Images;

[SupportedOSPlatform("linux")]
public sealed class ImagePackTests : IDisposable
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.OtherRead;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("orc-image-");

    private string Layout => Path.Combine(_directory.FullName, "layout");

    private string Rootfs => Path.Combine(_directory.FullName, "rootfs");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_printed_reference_leads_to_a_manifest_a_config_and_a_layer_with_the_right_digests()
    {
        AFile("app/sample", "program");

        var packed = await PackAsync("--entrypoint", "/app/sample", "--entrypoint", "serve", "--env", "A=b=c");

        Assert.Equal((0, ""), (packed.ExitCode, packed.Error));
        Assert.Matches("^sample@sha256:[0-9a-f]{64}\n$", packed.Output);
        var manifest = ReadManifest(packed.Digest);
        var config = JsonNode.Parse(ReadBlob(manifest["config"]!))!;
        var layer = Assert.Single(manifest["layers"]!.AsArray())!;
        Assert.Equal("""{"Entrypoint":["/app/sample","serve"],"Env":["A=b=c"]}""", config["config"]!.ToJsonString());
        Assert.Equal(layer["digest"]!.ToString(), config["rootfs"]!["diff_ids"]![0]!.ToString());
        Assert.Equal(
            """{"imageLayoutVersion":"1.0.0"}""",
            await File.ReadAllTextAsync(Path.Combine(Layout, "oci-layout"), Cancelled)
        );
        ReadBlob(layer);
    }

    [Fact]
    public async Task The_same_content_gives_the_same_digest_wherever_whenever_and_by_whomever_it_was_made()
    {
        AFile("b/two", "2");
        AFile("a/one", "1");
        Directory.CreateSymbolicLink(Path.Combine(Rootfs, "link"), "a");
        var first = await PackAsync();

        Directory.Delete(Rootfs, recursive: true);
        Directory.CreateDirectory(Rootfs);
        Directory.CreateSymbolicLink(Path.Combine(Rootfs, "link"), "a");
        AFile("a/one", "1");
        AFile("b/two", "2");
        File.SetLastWriteTimeUtc(Path.Combine(Rootfs, "a/one"), new DateTime(1999, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.SetLastAccessTimeUtc(Path.Combine(Rootfs, "b/two"), new DateTime(1999, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var second = await PackAsync();

        Assert.Equal(first.Output, second.Output);
        Assert.Equal(3, Directory.GetFiles(Path.Combine(Layout, "blobs/sha256")).Length);
        Assert.Single(ReadIndex()["manifests"]!.AsArray());
    }

    [Fact]
    public async Task A_mode_a_name_and_a_byte_each_change_the_digest()
    {
        AFile("app", "1");
        var outputs = new List<string> { (await PackAsync()).Output };

        File.SetUnixFileMode(Path.Combine(Rootfs, "app"), Executable);
        outputs.Add((await PackAsync()).Output);
        File.Move(Path.Combine(Rootfs, "app"), Path.Combine(Rootfs, "apq"));
        outputs.Add((await PackAsync()).Output);
        AFile("apq", "2");
        outputs.Add((await PackAsync()).Output);

        Assert.Distinct(outputs);
    }

    [Fact]
    public async Task The_layer_holds_sorted_entries_with_their_modes_and_nothing_of_time_or_user()
    {
        AFile("b/run", "go", Executable);
        AFile("b.txt", "");
        AFile("a", "text");
        Directory.CreateDirectory(Path.Combine(Rootfs, "b/empty"));
        var longName = new string('n', 120) + "/" + new string('m', 200);
        AFile(longName, "deep");

        var packed = await PackAsync();

        var entries = ReadLayer(packed.Digest);
        Assert.Equal(
            ["a", "b/", "b/empty/", "b/run", "b.txt", new string('n', 120) + "/", longName],
            entries.Select(entry => entry.Name)
        );
        Assert.Equal(Executable, entries[3].Mode);
        Assert.Equal("go", entries[3].Content);
        Assert.All(
            entries,
            entry => Assert.Equal((0, 0, DateTimeOffset.UnixEpoch), (entry.Uid, entry.Gid, entry.ModificationTime))
        );
        Assert.All(entries, entry => Assert.Equal(default, (entry.AccessTime, entry.ChangeTime)));
    }

    [Fact]
    public async Task A_symbolic_link_that_leads_out_stays_a_link_and_is_never_followed()
    {
        var secret = Directory.CreateDirectory(Path.Combine(_directory.FullName, "secret"));
        await File.WriteAllTextAsync(Path.Combine(secret.FullName, "key"), "hidden", Cancelled);
        Directory.CreateDirectory(Rootfs);
        Directory.CreateSymbolicLink(Path.Combine(Rootfs, "directory"), secret.FullName);
        File.CreateSymbolicLink(Path.Combine(Rootfs, "file"), "../secret/key");
        File.CreateSymbolicLink(Path.Combine(Rootfs, "loop"), "loop");

        var packed = await PackAsync();

        Assert.Equal("", packed.Error);
        Assert.Equal(
            [("directory", secret.FullName), ("file", "../secret/key"), ("loop", "loop")],
            ReadLayer(packed.Digest).Select(entry => (entry.Name, entry.LinkName))
        );
    }

    [Fact]
    public async Task Sockets_and_pipes_are_left_out_with_a_warning_and_never_opened()
    {
        AFile("empty", "");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(Rootfs, "socket")));
        using var mkfifo = Process.Start("mkfifo", [Path.Combine(Rootfs, "pipe")]);
        await mkfifo.WaitForExitAsync(Cancelled);

        var packed = await PackAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        Assert.Equal(0, packed.ExitCode);
        Assert.Equal(
            """
            warning: skipped pipe: only files, directories and symbolic links go into an image.
            warning: skipped socket: only files, directories and symbolic links go into an image.

            """,
            packed.Error
        );
        Assert.Equal(["empty"], ReadLayer(packed.Digest).Select(entry => entry.Name));
    }

    [Fact]
    public async Task A_name_moves_to_the_new_image_and_the_old_one_stays_by_its_digest()
    {
        AFile("app", "1");
        var old = await PackAsync();
        AFile("app", "2");

        var now = await PackAsync();

        var images = ReadIndex()["manifests"]!.AsArray();
        Assert.Equal(
            [(old.Digest, null), (now.Digest, "sample")],
            images.Select(image =>
                (image!["digest"]!.ToString(), image["annotations"]?["org.opencontainers.image.ref.name"]?.ToString())
            )
        );
        Assert.Equal("1", ReadLayer(old.Digest).Single().Content);
    }

    [Fact]
    public async Task An_index_of_others_keeps_what_we_do_not_know()
    {
        AFile("app", "1");
        Directory.CreateDirectory(Layout);
        await File.WriteAllTextAsync(Path.Combine(Layout, "oci-layout"), "{}", Cancelled);
        await File.WriteAllTextAsync(
            Path.Combine(Layout, "index.json"),
            """{"schemaVersion":2,"manifests":[{"digest":"sha256:00","platform":{"os":"linux"}}],"annotations":{"a":"b"}}""",
            Cancelled
        );

        await PackAsync();

        var index = ReadIndex();
        Assert.Equal("""{"a":"b"}""", index["annotations"]!.ToJsonString());
        Assert.Equal("""{"digest":"sha256:00","platform":{"os":"linux"}}""", index["manifests"]![0]!.ToJsonString());
    }

    [Theory]
    [InlineData("index.json", "[", "index.json is not an OCI image index.")]
    [InlineData("index.json", """{"manifests":{}}""", "index.json is not an OCI image index.")]
    [InlineData("notes.txt", "mine", "is neither empty nor an OCI image layout.")]
    public async Task A_directory_that_is_something_else_is_left_alone(string file, string content, string error)
    {
        AFile("app", "1");
        Directory.CreateDirectory(Layout);
        var path = Path.Combine(Layout, file);
        await File.WriteAllTextAsync(path, content, Cancelled);
        if (file is "index.json")
        {
            await File.WriteAllTextAsync(Path.Combine(Layout, "oci-layout"), "{}", Cancelled);
        }

        var packed = await PackAsync();

        Assert.Equal((1, ""), (packed.ExitCode, packed.Output));
        Assert.Contains(error, packed.Error);
        Assert.Equal(content, await File.ReadAllTextAsync(path, Cancelled));
    }

    [Theory]
    [InlineData("--name", "../sample")]
    [InlineData("--name", "Sample")]
    [InlineData("--name", "sample:latest")]
    [InlineData("--env", "=value")]
    [InlineData("--architecture", "vax")]
    public async Task A_wrong_option_is_a_usage_error_and_makes_nothing(string option, string value)
    {
        AFile("app", "1");

        var packed = await PackAsync(option, value);

        Assert.Equal(2, packed.ExitCode);
        Assert.Contains(value, packed.Error);
        Assert.False(Directory.Exists(Layout));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private void AFile(string path, string content) =>
        AFile(path, content, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

    private void AFile(string path, string content, UnixFileMode mode)
    {
        var full = Path.Combine(Rootfs, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        File.SetUnixFileMode(full, mode);
    }

    private async Task<Packed> PackAsync(params string[] more)
    {
        string[] name = more.Contains("--name") ? [] : ["--name", "sample"];
        var run = await OrcRun.WithVariables(
            new Dictionary<string, string>(StringComparer.Ordinal),
            ["image", "pack", Rootfs, "--layout", Layout, .. name, .. more]
        );
        return new Packed(run.Code, run.Out, run.Error);
    }

    private JsonNode ReadIndex() => JsonNode.Parse(File.ReadAllText(Path.Combine(Layout, "index.json")))!;

    private JsonNode ReadManifest(string digest)
    {
        var descriptor = ReadIndex()["manifests"]!.AsArray().Single(image => image!["digest"]!.ToString() == digest)!;
        return JsonNode.Parse(ReadBlob(descriptor))!;
    }

    /// <summary>Reads a blob as a host does: its size and digest have to be what the descriptor says.</summary>
    private byte[] ReadBlob(JsonNode descriptor)
    {
        var digest = descriptor["digest"]!.ToString();
        var bytes = File.ReadAllBytes(Path.Combine(Layout, "blobs/sha256", digest["sha256:".Length..]));
        Assert.Equal($"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}", digest);
        Assert.Equal((long)descriptor["size"]!, bytes.Length);
        return bytes;
    }

    private List<ReadEntry> ReadLayer(string manifestDigest)
    {
        using var stream = new MemoryStream(ReadBlob(ReadManifest(manifestDigest)["layers"]![0]!));
        using var tar = new TarReader(stream);
        var entries = new List<ReadEntry>();
        while (tar.GetNextEntry() is GnuTarEntry entry)
        {
            using var content = new StreamReader(entry.DataStream ?? Stream.Null);
            entries.Add(
                new ReadEntry(
                    entry.Name,
                    entry.LinkName,
                    entry.Mode,
                    entry.Uid,
                    entry.Gid,
                    entry.ModificationTime,
                    entry.AccessTime,
                    entry.ChangeTime,
                    content.ReadToEnd()
                )
            );
        }
        return entries;
    }

    private sealed record Packed(int ExitCode, string Output, string Error)
    {
        public string Digest => Output.Trim().Split('@')[1];
    }

    private sealed record ReadEntry(
        string Name,
        string LinkName,
        UnixFileMode Mode,
        int Uid,
        int Gid,
        DateTimeOffset ModificationTime,
        DateTimeOffset AccessTime,
        DateTimeOffset ChangeTime,
        string Content
    );
}
