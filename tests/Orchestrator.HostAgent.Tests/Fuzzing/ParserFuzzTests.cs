using System.Buffers;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Docker;
using Orchestrator.HostAgent.Runtimes.Garden;
using Orchestrator.HostAgent.Runtimes.Rkt;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Fuzzing;

/// <summary>Whatever an image or a daemon sends, an agent reads it or refuses it, and neither breaks nor leaves anything.</summary>
public sealed class ParserFuzzTests(ParserFuzzing fuzzing) : IClassFixture<ParserFuzzing>
{
    [Fact]
    public Task A_manifest_and_its_config_are_read_or_refused() => ReportAsync(fuzzing.Manifest);

    [Fact]
    public Task A_layer_is_unpacked_or_refused_and_never_leaves_its_directory() => ReportAsync(fuzzing.Layer);

    [Fact]
    public Task An_image_becomes_an_ACI_that_is_sound_or_is_refused() => ReportAsync(fuzzing.Aci);

    [Fact]
    public Task A_stream_of_Gardens_is_read_or_refused() => ReportAsync(fuzzing.GardenStream);

    [Fact]
    public Task A_log_of_Dockers_is_read_or_refused() => ReportAsync(fuzzing.DockerLog);

    private static async Task ReportAsync(Task<int> fuzzed)
    {
        var runs = await fuzzed;
        TestContext.Current.TestOutputHelper?.WriteLine($"{runs} damaged inputs");
        Assert.True(runs > 20, $"Only {runs} inputs were tried.");
    }
}

/// <summary>All parsers at once, from when the first test asks.</summary>
public sealed class ParserFuzzing : IDisposable
{
    private const string GoodManifest =
        """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f","size":7023},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e","size":32654}]}""";

    private const string GoodIndex =
        """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a","size":7143,"platform":{"architecture":"amd64","os":"linux"}}]}""";

    private const string GoodConfig =
        """{"architecture":"amd64","os":"linux","config":{"User":"1000:1000","Env":["PATH=/usr/bin","A=b"],"Entrypoint":["/bin/app"],"Cmd":["-v"],"WorkingDir":"/work"},"rootfs":{"type":"layers","diff_ids":["sha256:5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"]}}""";

    private readonly TemporaryDirectory _directory = new();

    public ParserFuzzing()
    {
        Manifest = FuzzManifest();
        Layer = FuzzLayer();
        Aci = FuzzAci();
        GardenStream = FuzzGardenStream();
        DockerLog = FuzzDockerLog();
    }

    public Task<int> Manifest { get; }

    public Task<int> Layer { get; }

    public Task<int> Aci { get; }

    public Task<int> GardenStream { get; }

    public Task<int> DockerLog { get; }

    public void Dispose()
    {
        Task.WhenAll(Manifest, Layer, Aci, GardenStream, DockerLog)
            .ContinueWith(_ => _directory.Dispose(), TaskScheduler.Default)
            .Wait();
    }

    private Task<int> FuzzManifest()
    {
        var layout = _directory["layout"];
        Directory.CreateDirectory(Path.Combine(layout, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(layout, "oci-layout"), "{}");

        return new Fuzzer(Bytes(GoodManifest), Bytes(GoodIndex), Bytes(GoodConfig)).RunAsync(input =>
        {
            // Once as what is asked for, and once as the config of an honest manifest: digests are right in both.
            var digest = Store(layout, input);
            var manifest = Store(
                layout,
                Bytes(
                    $$"""{"config":{"digest":"{{digest}}","size":{{input.Length}}},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{{digest}}","size":{{input.Length}}}]}"""
                )
            );
            foreach (var asked in (string[])[digest, manifest])
            {
                Refusing(() => new OciLayout(layout).Read(Sha256Digest.Parse(asked)));
                File.Delete(Path.Combine(layout, "blobs", "sha256", asked["sha256:".Length..]));
            }
        });
    }

    private Task<int> FuzzLayer()
    {
        var top = _directory["layers"];
        var outside = Path.Combine(top, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "secret"), "secret");
        var limits = UnpackLimits.Default with { MaxBytes = 1024 * 1024, MaxEntries = 100 };
        var root = Path.Combine(outside, "root");

        return new Fuzzer(
            ImageBuilder.Tar(
                ImageBuilder.ADirectory("bin"),
                ImageBuilder.AFile("bin/app", "program"),
                ImageBuilder.ALink("lib", "usr/lib"),
                ImageBuilder.AHardLink("bin/same", "bin/app"),
                ImageBuilder.AFile("lib/.wh.gone", ""),
                ImageBuilder.AFile("etc/.wh..wh..opq", "")
            ),
            ImageBuilder.Tar(
                ImageBuilder.ALink("up", "../outside"),
                ImageBuilder.AFile("up/secret", "mine"),
                new PaxTarEntry(TarEntryType.Fifo, "pipe")
            )
        ).RunAsync(input =>
        {
            Directory.CreateDirectory(root);
            try
            {
                Refusing(() =>
                    new LayerUnpacker(root, new UnpackBudget(limits)).Unpack(
                        new MemoryStream(input),
                        CancellationToken.None
                    )
                );
            }
            finally
            {
                Directory.Delete(root, recursive: true);
            }

            Assert.Equal("secret", File.ReadAllText(Path.Combine(outside, "secret")));
            Assert.Equal(["outside"], Directory.EnumerateFileSystemEntries(top).Select(Path.GetFileName));
            Assert.Single(Directory.EnumerateFileSystemEntries(outside));
        });
    }

    private Task<int> FuzzAci() =>
        new Fuzzer(Bytes(GoodConfig)).RunAsync(input =>
        {
            OciImageConfig? config;
            try
            {
                config = JsonSerializer.Deserialize(input, OciJson.Default.OciImage)?.Config;
            }
            catch (JsonException)
            {
                return; // Never gets this far.
            }

            Refusing(() =>
            {
                var image = new UnpackedImage(_directory.Path, config ?? OciImageConfig.Empty);
                using var manifest = JsonDocument.Parse(AciManifest.Of(image, "app", "1.0.0").ToBytes());
                Assert.Equal("ImageManifest", manifest.RootElement.GetProperty("acKind").GetString());
            });
        });

    private static Task<int> FuzzGardenStream() =>
        new Fuzzer(
            Bytes(
                "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "{\"process_id\":\"1\",\"stream_id\":\"2\"}\n{\"process_id\":\"1\",\"exit_status\":42}\n"
            ),
            Bytes("HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\n{\"Type\":\"\",\"Message\":\"unknown\"}"),
            Bytes("HTTP/1.1 200 OK\r\n\r\n{\"process_id\":7,\"stream_id\":3}\n{\"process_id\":7,\"error\":\"lost\"}\n")
        ).RunAsync(input =>
            Refusing(() =>
            {
                var reader = new WireReader(new MemoryStream(input));
                reader.ReadHeadAsync(CancellationToken.None).GetAwaiter().GetResult();
                var read = 0;
                while (
                    reader.ReadLineAsync(ProcessLine.MaxBytes, CancellationToken.None).GetAwaiter().GetResult()
                        is { } line
                )
                {
                    read += line.Length + 1;
                    ProcessLine.Parse(line);
                }

                Assert.True(read <= input.Length);
            })
        );

    private Task<int> FuzzDockerLog() =>
        new Fuzzer(
            [.. Frame(1, "2026-11-26T00:00:00.000000001Z hello\n"), .. Frame(2, "2026-11-26T00:00:01Z oh\n")],
            [.. Frame(1, new string('x', 40_000)), .. Frame(1, "")]
        ).RunAsync(input =>
        {
            var path = _directory["log"];
            try
            {
                Refusing(() =>
                {
                    using var log = new EngineLog(path);
                    log.Resume();
                    var frames = new LogFrames();
                    var buffer = new ReadOnlySequence<byte>(input);
                    var total = 0;
                    while (frames.Read(ref buffer) is { } piece)
                    {
                        total += piece.Content.Length;
                        log.Write(piece);
                    }

                    log.Flush();
                    Assert.True(total <= input.Length);
                });
            }
            finally
            {
                File.Delete(path);
            }
        });

    private static byte[] Frame(byte stream, string text)
    {
        var content = Bytes(text);
        return [stream, 0, 0, 0, 0, 0, (byte)(content.Length >> 8), (byte)content.Length, .. content];
    }

    private static string Store(string layout, byte[] blob)
    {
        var hex = Convert.ToHexStringLower(SHA256.HashData(blob));
        File.WriteAllBytes(Path.Combine(layout, "blobs", "sha256", hex), blob);
        return $"sha256:{hex}";
    }

    /// <summary>These say that something was wrong with the input, or that the machine could not do it.</summary>
    private static void Refusing(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
            when (e is ImageRefusedException or RuntimeFailedException or InvalidDataException or IOException)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
