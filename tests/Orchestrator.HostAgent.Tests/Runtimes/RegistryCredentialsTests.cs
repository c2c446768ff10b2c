using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Docker;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

public sealed class RegistryCredentialsTests : IDisposable
{
    private const string Digest = "@sha256:0000000000000000000000000000000000000000000000000000000000000000";

    private readonly TemporaryDirectory _directory = new();

    private string ConfigPath => _directory["config.json"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("team/app", "hub", "a:b")]
    [InlineData("app", "hub", "a:b")]
    [InlineData("docker.io/team/app", "hub", "a:b")]
    [InlineData("registry.example/team/app", "plain", "secret")]
    [InlineData("registry.example:5000/app", "port", "")]
    [InlineData("localhost/app", "", "")]
    [InlineData("other.example/registry.example/app", "", "")]
    public void Each_registry_gets_its_own_password_and_others_none(string image, string user, string password)
    {
        File.WriteAllText(
            ConfigPath,
            $$"""
            {
              "auths": {
                "https://index.docker.io/v1/": { "auth": "{{Encode("hub:a:b")}}" },
                "https://registry.example/v2/": { "auth": "{{Encode("plain:secret")}}" },
                "registry.example:5000": { "auth": "{{Encode("port:")}}", "identitytoken": "token" },
                "empty.example": {}
              },
              "credsStore": "desktop"
            }
            """
        );

        var found = RegistryCredentials.Find(ConfigPath, image + Digest);

        Assert.Equal((user, password), (found.Username ?? "", found.Password ?? ""));
        Assert.Equal(user == "port" ? "token" : "", found.IdentityToken ?? "");
    }

    [Fact]
    public void Without_a_file_there_is_no_password() =>
        Assert.Null(RegistryCredentials.Find(_directory["none"], "registry.example/app" + Digest).Username);

    [Theory]
    [InlineData("{")]
    [InlineData("""{ "auths": 3 }""")]
    [InlineData("""{ "auths": { "registry.example": { "auth": "%" } } }""")]
    public void A_file_that_docker_login_did_not_write_is_named(string content)
    {
        File.WriteAllText(ConfigPath, content);

        var refusal = Assert.Throws<RuntimeFailedException>(() =>
            RegistryCredentials.Find(ConfigPath, "registry.example/app" + Digest)
        );

        Assert.Contains(ConfigPath, refusal.Message, StringComparison.Ordinal);
    }

    private static string Encode(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
