using System.Security.Cryptography;
using System.Text;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.ControlPlane.Secrets;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;

namespace Orchestrator.ControlPlane.Tests.Secrets;

public sealed class SecretVaultTests : IDisposable
{
    private readonly byte[] _key = SecretVault.NewKey();
    private readonly SecretVault _vault;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("orc-secrets-");

    public SecretVaultTests() => _vault = new SecretVault(_key);

    public void Dispose()
    {
        _vault.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void What_is_sealed_is_opened_with_the_same_key_and_never_the_same_twice()
    {
        var name = SecretName.Parse("password");

        var (first, second) = (_vault.Seal(name, "hunter2"u8), _vault.Seal(name, "hunter2"u8));

        using var later = new SecretVault(SecretVault.ParseKey(SecretVault.Write(_key))!);
        Assert.Equal("hunter2", Encoding.UTF8.GetString(later.Open(ASecret("password", first))));
        Assert.NotEqual(first, second);
        Assert.DoesNotContain("hunter2", first, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_key_another_name_and_a_changed_text_open_nothing()
    {
        var text = _vault.Seal(SecretName.Parse("password"), "hunter2"u8);
        using var other = new SecretVault(SecretVault.NewKey());
        var changed = text[..^4] + (text[^4] == 'A' ? 'B' : 'A') + text[^3..];

        var refusal = Assert.Throws<CryptographicException>(() => other.Open(ASecret("password", text)));
        Assert.ThrowsAny<CryptographicException>(() => _vault.Open(ASecret("token", text)));
        Assert.ThrowsAny<CryptographicException>(() => _vault.Open(ASecret("password", changed)));
        Assert.ThrowsAny<CryptographicException>(() => _vault.Open(ASecret("password", "v9:x")));

        Assert.Contains("encrypted with the key", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_embedded_program_makes_a_key_that_only_its_owner_may_read_and_keeps_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        var options = new ControlPlaneOptions { DataDirectory = _directory.FullName, IsEmbedded = true };

        using var first = SecretKeyFile.Open(options)!;
        var text = first.Seal(SecretName.Parse("password"), "hunter2"u8);
        using var again = SecretKeyFile.Open(options)!;

        Assert.Equal("hunter2", Encoding.UTF8.GetString(again.Open(ASecret("password", text))));
        var path = Path.Combine(_directory.FullName, "secrets.key");
#pragma warning disable CA1416 // Windows was skipped.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
#pragma warning restore CA1416
        Assert.Throws<InvalidOperationException>(() => SecretKeyFile.Open(options));
    }

    [Fact]
    public void A_replica_makes_no_key_and_takes_none_that_is_none()
    {
        var options = new ControlPlaneOptions { DataDirectory = _directory.FullName };
        Assert.Null(SecretKeyFile.Open(options));

        options.SecretsKeyFile = Path.Combine(_directory.FullName, "key");
        Assert.ThrowsAny<IOException>(() => SecretKeyFile.Open(options));
        File.WriteAllText(options.SecretsKeyFile, "c2hvcnQ=");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(options.SecretsKeyFile, UnixFileMode.UserRead);
        }

        Assert.Contains(
            "holds no key",
            Assert.Throws<InvalidOperationException>(() => SecretKeyFile.Open(options)).Message,
            StringComparison.Ordinal
        );
    }

    private static Secret ASecret(string name, string text) =>
        new()
        {
            Name = SecretName.Parse(name),
            Team = null,
            Sealed = text,
            Revision = 1,
            SetBy = "ana",
            SetAt = DateTimeOffset.UnixEpoch,
        };
}
