using System.Text;
using System.Text.Json;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class SecretTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_value_comes_from_standard_input_to_its_last_byte_and_is_not_shown()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/secrets/password", new ActionResult("password", "It is set.", "orc secret list"));

        var run = await OrcRun.WithInput(server, "hünter2\n", "secret", "set", "password", "--team", "shop");

        Assert.Equal((0, "password: It is set.\nnext: orc secret list\n"), (run.Code, run.Out));
        var sent = JsonSerializer.Deserialize<SecretRequest>(server.Asked[^1].Body, JsonSerializerOptions.Web)!;
        Assert.Equal(("hünter2\n", "shop"), (Encoding.UTF8.GetString(Convert.FromBase64String(sent.Value)), sent.Team));
    }

    [Fact]
    public async Task A_value_comes_from_a_file_as_it_is()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/secrets/key", new ActionResult("key", "It is set.", "orc secret list"));
        await File.WriteAllBytesAsync(_file, [0, 0xFF, 10], TestContext.Current.CancellationToken);

        var run = await OrcRun.Of(server, "secret", "set", "key", "--from-file", _file);

        Assert.Equal(0, run.Code);
        var sent = JsonSerializer.Deserialize<SecretRequest>(server.Asked[^1].Body, JsonSerializerOptions.Web)!;
        Assert.Equal((string?)null, sent.Team);
        Assert.Equal([0, 0xFF, 10], Convert.FromBase64String(sent.Value));
    }

    [Theory]
    [InlineData(0, "The value is empty")]
    [InlineData((32 * 1024) + 1, "at most 32768 bytes")]
    public async Task A_value_that_is_none_or_too_large_is_not_sent(int length, string says)
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.WithInput(server, new string('x', length), "secret", "set", "a");

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Asked, asked => asked.Body.Contains("xxx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_are_listed_with_all_but_their_values()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage("GET /v1/secrets", new SecretView("a", "", 2, "ana", OrcRun.Noon.AddHours(-1), ["cart", "shop"]));

        var run = await OrcRun.Of(server, "secret", "list");

        Assert.Equal(0, run.Code);
        Assert.Matches("a +any +2 .*ana +cart, shop", run.Out);
    }

    [Fact]
    public async Task A_secret_is_deleted_by_name()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("DELETE /v1/secrets/a", new ActionResult("a", "It is no more.", "orc secret list"));

        var run = await OrcRun.Of(server, "secret", "delete", "a");

        Assert.Equal((0, "a: It is no more.\nnext: orc secret list\n"), (run.Code, run.Out));
    }
}
