using System.Security.Cryptography;
using System.Text;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Secrets;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Secrets;

public sealed class InstanceSecretsTests : IDisposable
{
    private static readonly UnpackedImage Rooted = new("sha256:0", OciImageConfig.Empty);

    private readonly TemporaryDirectory _directory = new();
    private readonly string _memory = $"/dev/shm/orchestrator-test-{Guid.NewGuid():N}";
    private readonly HostKey _key;

    public InstanceSecretsTests() => _key = HostKey.Open(_directory["host.key"]);

    public void Dispose()
    {
        _key.Dispose();
        _directory.Dispose();
        if (Directory.Exists(_memory))
        {
            Directory.Delete(_memory, recursive: true);
        }
    }

    [Fact]
    public void A_host_keeps_its_key_and_lets_nobody_else_read_it()
    {
        using var again = HostKey.Open(_directory["host.key"]);
        using var other = HostKey.Open(_directory["other.key"]);

        Assert.Equal(_key.PublicKey, again.PublicKey);
        Assert.NotEqual(_key.PublicKey, other.PublicKey);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["host.key"]));
        File.WriteAllText(_directory["host.key"], "nothing");
        Assert.Throws<InvalidDataException>(() => HostKey.Open(_directory["host.key"]));
    }

    [Fact]
    public void Only_the_host_that_it_was_sealed_for_opens_it_under_its_own_name()
    {
        using var other = HostKey.Open(_directory["other.key"]);
        var text = SealedText.For(_key.PublicKey, "password", "hunter2"u8.ToArray());

        Assert.Equal("hunter2", Encoding.UTF8.GetString(_key.Unseal("password", text)));
        Assert.ThrowsAny<CryptographicException>(() => other.Unseal("password", text));
        Assert.ThrowsAny<CryptographicException>(() => _key.Unseal("token", text));
        Assert.Throws<FormatException>(() => _key.Unseal("password", "AAAA"));
        Assert.Throws<FormatException>(() => _key.Unseal("password", "!"));
    }

    [Fact]
    public void A_file_is_in_memory_for_its_owner_alone_and_goes_with_its_container()
    {
        var secrets = new InstanceSecrets(_key, Path.Combine(_memory, "host"));

        var opened = secrets.Prepare(ARecord(AFile([0, 0xFF])), Rooted);

        var mount = Assert.IsType<ContainerMount.Bind>(Assert.Single(opened.Mounts));
        Assert.Equal(("/run/password", true), (mount.At, mount.IsReadOnly));
        Assert.Empty(opened.Variables);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(mount.Source));
        Assert.Equal([0, 0xFF], File.ReadAllBytes(mount.Source));
        const UnixFileMode ownerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(ownerAlone, File.GetUnixFileMode(_memory));
        secrets.Sweep(new HashSet<string>(StringComparer.Ordinal) { "c1" });
        Assert.True(File.Exists(mount.Source));
        secrets.Sweep(new HashSet<string>(StringComparer.Ordinal));
        Assert.False(File.Exists(mount.Source));
    }

    [Fact]
    public void No_disk_ever_holds_it()
    {
        Assert.SkipWhen(
            new DriveInfo(_directory.Path).DriveFormat == "tmpfs",
            "temporary files are in memory on this machine"
        );
        var secrets = new InstanceSecrets(_key, _directory["secrets"]);

        var refusal = Assert.Throws<RuntimeFailedException>(() =>
            secrets.Prepare(ARecord(AFile("hunter2"u8.ToArray())), Rooted)
        );

        Assert.Contains("Agent:SecretsDirectory", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory["secrets"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_directory_that_leads_elsewhere_is_not_taken()
    {
        Directory.CreateDirectory(_memory);
        Directory.CreateDirectory(_directory["elsewhere"]);
        File.CreateSymbolicLink(Path.Combine(_memory, "host"), _directory["elsewhere"]);
        var secrets = new InstanceSecrets(_key, Path.Combine(_memory, "host"));

        var refusal = Assert.Throws<RuntimeFailedException>(() =>
            secrets.Prepare(ARecord(AFile("hunter2"u8.ToArray())), Rooted)
        );

        Assert.Contains("leads elsewhere", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory["elsewhere"]));
    }

    [Fact]
    public void A_variable_has_its_value_if_it_is_text()
    {
        var secrets = new InstanceSecrets(_key, _memory);
        var text = AVariable("hünter2"u8.ToArray());

        Assert.Equal("hünter2", secrets.Prepare(ARecord(text), Rooted).Variables["PASSWORD"]);
        Assert.Contains("is no text", Refusal(secrets, AVariable([0xFF]), Rooted), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_memory));
    }

    [Fact]
    public void What_has_not_come_or_cannot_be_opened_is_named()
    {
        var secrets = new InstanceSecrets(_key, _memory);
        using var other = HostKey.Open(_directory["other.key"]);
        var foreign = SealedText.For(other.PublicKey, "password", "hunter2"u8.ToArray());
        var missing = AVariable([]) with { Sealed = null };

        Assert.Contains("'password' has not come", Refusal(secrets, missing, Rooted), StringComparison.Ordinal);
        Assert.Contains(
            "host's key",
            Refusal(secrets, missing with { Sealed = foreign }, Rooted),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("1000:nogroup")]
    public void A_user_whose_number_only_a_daemon_knows_gets_no_file(string user)
    {
        var secrets = new InstanceSecrets(_key, _memory);
        var image = Rooted with { Config = OciImageConfig.Empty with { User = user } };

        Assert.Contains($"'{user}'", Refusal(secrets, AFile([1]), image), StringComparison.Ordinal);
    }

    private static string Refusal(InstanceSecrets secrets, AssignedSecret secret, UnpackedImage image) =>
        Assert.Throws<RuntimeFailedException>(() => secrets.Prepare(ARecord(secret), image)).Message;

    private AssignedSecret AFile(byte[] value) =>
        new()
        {
            Name = "password",
            Path = "/run/password",
            Sealed = SealedText.For(_key.PublicKey, "password", value),
        };

    private AssignedSecret AVariable(byte[] value) => AFile(value) with { Path = null, Variable = "PASSWORD" };

    private static InstanceRecord ARecord(AssignedSecret secret) =>
        new()
        {
            Spec = Samples.AnInstance("cart.prod.1") with { Container = new AssignedContainer { Secrets = [secret] } },
            ContainerId = "c1",
            Port = 0,
            Restarts = 0,
            WasReady = false,
        };
}
