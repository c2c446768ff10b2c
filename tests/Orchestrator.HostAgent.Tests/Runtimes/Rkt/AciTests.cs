using System.Diagnostics.CodeAnalysis;
using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Rkt;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes.Rkt;

/// <summary>App Container Images, judged by the specification's own tool where it is installed.</summary>
public sealed class AciTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Root => _directory["root"];

    private string Aci => _directory["image.aci"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_specifications_own_tool_accepts_what_is_written()
    {
        MakeRoot();
        var manifest = AManifest() with
        {
            App = AManifest().App with
            {
                Ports = [new AciPort("http", "tcp", 8080)],
                MountPoints = [new AciMountPoint("data", "/var/data", ReadOnly: true)],
                Isolators = AciIsolator.Of(memoryMebibytes: 64, cpuMillicores: 250),
            },
        };

        AciWriter.Write(Aci, manifest, Root, Token);
        var judged = await JudgeAsync(Aci);

        Assert.True(judged.HasSucceeded, judged.Errors);
    }

    [Theory]
    [InlineData("\"name\":\"example.com/cart\"", "\"name\":\"Example.com/Cart\"")]
    [InlineData("\"user\":\"0\",", "")]
    [InlineData("\"acKind\":\"ImageManifest\"", "\"acKind\":\"PodManifest\"")]
    [InlineData("\"limit\":\"67108864\"", "\"limit\":\"much\"")]
    public async Task The_specifications_own_tool_refuses_a_manifest_that_is_broken(string whole, string broken)
    {
        MakeRoot();
        var manifest = AManifest() with
        {
            App = AManifest().App with { Isolators = AciIsolator.Of(memoryMebibytes: 64, cpuMillicores: 0) },
        };
        var text = Encoding.UTF8.GetString(manifest.ToBytes());
        Assert.Contains(whole, text, StringComparison.Ordinal);

        await WriteByHandAsync(text.Replace(whole, broken, StringComparison.Ordinal), "rootfs");

        Assert.False((await JudgeAsync(Aci)).HasSucceeded);
    }

    [Fact]
    public async Task The_specifications_own_tool_refuses_an_image_with_something_beside_its_root()
    {
        var text = Encoding.UTF8.GetString(AManifest().ToBytes());
        await WriteByHandAsync(text, "rootfs", "secrets");

        Assert.False((await JudgeAsync(Aci)).HasSucceeded);
    }

    [Fact]
    public void Its_id_is_the_hash_of_the_tar()
    {
        MakeRoot();

        var id = AciWriter.Write(Aci, AManifest(), Root, Token);

        Assert.Equal($"sha512-{Convert.ToHexStringLower(SHA512.HashData(File.ReadAllBytes(Aci)))}", id);
        Assert.Equal(id, AciWriter.Write(_directory["again.aci"], AManifest(), Root, Token));
    }

    [Fact]
    [SuppressMessage("Security", "S5443", Justification = "A place in an image.")]
    public void It_has_a_manifest_and_a_root_and_every_file_once_as_it_was()
    {
        MakeRoot();

        AciWriter.Write(Aci, AManifest(), Root, Token);
        var entries = Read(Aci);

        var names = entries.Select(entry => entry.Name.TrimEnd('/')).ToList();
        Assert.Equal("manifest", names[0]);
        Assert.Equal("rootfs", names[1]);
        Assert.All(names.Skip(2), name => Assert.StartsWith("rootfs/", name, StringComparison.Ordinal));
        Assert.Equal(names.Distinct(StringComparer.Ordinal), names);
        var program = entries.Single(entry => entry.Name == "rootfs/bin/program");
        Assert.Equal((UnixFileMode)0x1ED, program.Mode & (UnixFileMode)0x1FF);
        var link = entries.Single(entry => entry.Name == "rootfs/bin/link");
        Assert.Equal((TarEntryType.SymbolicLink, "/etc/passwd"), (link.EntryType, link.LinkName));
        var loop = entries.Single(entry => entry.Name == "rootfs/loop");
        Assert.Equal((TarEntryType.SymbolicLink, "."), (loop.EntryType, loop.LinkName));
        Assert.Contains(
            entries,
            entry => entry.EntryType == TarEntryType.Directory && entry.Name.TrimEnd('/') == "rootfs/tmp"
        );
        Assert.Contains(entries, entry => entry.Name == $"rootfs/{new string('l', 200)}/ü");
    }

    [Fact]
    public void What_an_image_says_becomes_its_manifest()
    {
        var config = new OciImageConfig(
            User: "1000:2000",
            Env: ["PATH=/bin", "EMPTY", "EQUATION=a=b"],
            Entrypoint: ["/bin/program"],
            Cmd: ["--fast"],
            WorkingDir: "/srv",
            StopSignal: "SIGQUIT"
        );

        var bytes = AciManifest.Of(new UnpackedImage(Root, config), "example.com/cart", "1.0.0").ToBytes();

        var arch = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "amd64" : "aarch64";
        var expected = $$"""
            {
              "acKind": "ImageManifest", "acVersion": "0.8.11", "name": "example.com/cart",
              "labels": [
                { "name": "version", "value": "1.0.0" },
                { "name": "os", "value": "linux" },
                { "name": "arch", "value": "{{arch}}" }
              ],
              "app": {
                "exec": ["/bin/program", "--fast"], "user": "1000", "group": "2000", "workingDirectory": "/srv",
                "environment": [
                  { "name": "PATH", "value": "/bin" },
                  { "name": "EMPTY", "value": "" },
                  { "name": "EQUATION", "value": "a=b" }
                ]
              }
            }
            """;
        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(bytes)),
            Encoding.UTF8.GetString(bytes)
        );
    }

    [Theory]
    [InlineData("example.com/cart", true)]
    [InlineData("a~b_c.d/e-f", true)]
    [InlineData("Cart", false)]
    [InlineData("cart-", false)]
    [InlineData("a--b", false)]
    [InlineData("a b", false)]
    [InlineData("cart\n", false)]
    [InlineData("", false)]
    public void Names_are_what_the_specification_allows(string name, bool isAllowed)
    {
        Assert.Equal(isAllowed, AciNames.IsIdentifier(name));

        var refusal = Record.Exception(() => (AManifest() with { Name = name }).ToBytes());

        Assert.Equal(isAllowed, refusal is null);
        Assert.True(isAllowed || refusal is RuntimeFailedException);
    }

    public static TheoryData<string> Mistakes =>
        new("label", "label name", "label twice", "user", "directory", "variable", "variable twice", "port", "mount");

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_the_specification_does_not_allow_is_not_written(string mistake)
    {
        var whole = AManifest();
        var app = whole.App;
        var broken = mistake switch
        {
            "label" => whole with { Labels = [new AciPair("Version", "1")] },
            "label name" => whole with { Labels = [new AciPair("name", "1")] },
            "label twice" => whole with { Labels = [new AciPair("os", "linux"), new AciPair("os", "linux")] },
            "user" => whole with { App = app with { User = "" } },
            "directory" => whole with { App = app with { WorkingDirectory = "srv" } },
            "variable" => whole with { App = app with { Environment = [new AciPair("1A", "")] } },
            "variable twice" => whole with
            {
                App = app with { Environment = [new AciPair("A", ""), new AciPair("A", "")] },
            },
            "port" => whole with { App = app with { Ports = [new AciPort("http", "tcp", 0)] } },
            _ => whole with { App = app with { MountPoints = [new AciMountPoint("a.b", "/data", ReadOnly: false)] } },
        };

        Assert.Throws<RuntimeFailedException>(() => AciWriter.Write(Aci, broken, Root, Token));
        Assert.False(File.Exists(Aci));
    }

    private static AciManifest AManifest() =>
        new()
        {
            Name = "example.com/cart",
            Labels = [new AciPair("version", "1.0.0"), new AciPair("os", "linux"), new AciPair("arch", "amd64")],
            App = new AciApp
            {
                Exec = ["/bin/program"],
                User = "0",
                Group = "0",
                WorkingDirectory = "/",
                Environment = [new AciPair("GREETING", "a \"b\" <c> ü")],
            },
        };

    private static async Task<ToolResult> JudgeAsync(string path)
    {
        Assert.SkipWhen(Tool.Find("actool") is null, "actool (package appc-spec) is not installed");
        return await Tool.RunAsync(Tool.Find("actool")!, ["validate", path], Token);
    }

    private static List<TarEntry> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var tar = new TarReader(file);
        var entries = new List<TarEntry>();
        while (tar.GetNextEntry() is { } entry)
        {
            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Without the writer, which refuses what is broken.</summary>
    private async Task WriteByHandAsync(string manifest, params string[] directories)
    {
        await using var file = File.Create(Aci);
        await using var tar = new TarWriter(file);
        await tar.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, "manifest")
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(manifest)),
            },
            Token
        );
        foreach (var directory in directories)
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, directory), Token);
        }
    }

    private void MakeRoot()
    {
        Directory.CreateDirectory(Path.Combine(Root, "bin"));
        Directory.CreateDirectory(Path.Combine(Root, "etc"));
        Directory.CreateDirectory(Path.Combine(Root, "tmp"));
        Directory.CreateDirectory(Path.Combine(Root, new string('l', 200)));
        File.WriteAllText(Path.Combine(Root, new string('l', 200), "ü"), "long");
        File.WriteAllText(Path.Combine(Root, "etc/passwd"), "root:x:0:0::/:/bin/sh\n");
        File.WriteAllText(Path.Combine(Root, "bin/program"), "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(Root, "bin/program"), (UnixFileMode)0x1ED);
        File.CreateSymbolicLink(Path.Combine(Root, "bin/link"), "/etc/passwd");
        File.CreateSymbolicLink(Path.Combine(Root, "loop"), ".");
    }
}
