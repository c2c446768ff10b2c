using System.Net;
using System.Net.Sockets;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class ConnectionTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("orc-home-");

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public async Task The_files_of_an_embedded_control_plane_are_found_below_the_home()
    {
        await using var server = await Server();
        WriteFiles(".local/share/orchestrator", server.Address, "from-file");

        var run = await OrcRun.WithVariables(Variables(("HOME", _home.FullName)), "whoami");

        Assert.Equal(0, run.Code);
        Assert.Equal("Bearer from-file", Assert.Single(server.Asked).Authorization);
    }

    [Fact]
    public async Task ORC_DATA_names_another_directory_and_wins_over_the_home()
    {
        await using var server = await Server();
        WriteFiles(".local/share/orchestrator", "http://127.0.0.1:1", "wrong");
        var data = WriteFiles("data", server.Address + "\n", "right\n");

        var run = await OrcRun.WithVariables(Variables(("HOME", _home.FullName), ("ORC_DATA", data)), "whoami");

        Assert.Equal(0, run.Code);
        Assert.Equal("Bearer right", Assert.Single(server.Asked).Authorization);
    }

    [Fact]
    public async Task Variables_win_over_files_and_flags_over_variables()
    {
        await using var server = await Server();
        var data = WriteFiles("data", "http://127.0.0.1:1", "from-file");
        var variables = Variables(("ORC_DATA", data), ("ORC_ADDR", server.Address), ("ORC_TOKEN", "from-variable"));

        await OrcRun.WithVariables(variables, "whoami");
        await OrcRun.WithVariables(variables, "whoami", "--token", "from-flag", "--addr", server.Address);

        Assert.Equal(["Bearer from-variable", "Bearer from-flag"], server.Asked.Select(asked => asked.Authorization));
    }

    [Fact]
    public async Task The_token_of_the_files_is_never_shown_to_another_address()
    {
        await using var server = await Server();
        var data = WriteFiles("data", "http://127.0.0.1:1", "from-file");

        await OrcRun.WithVariables(Variables(("ORC_DATA", data)), "whoami", "--addr", server.Address);

        Assert.Equal("", Assert.Single(server.Asked).Authorization);
    }

    [Fact]
    public async Task The_token_of_the_files_goes_with_their_address_however_it_was_given()
    {
        await using var server = await Server();
        var data = WriteFiles("data", server.Address, "from-file");

        await OrcRun.WithVariables(Variables(("ORC_DATA", data), ("ORC_ADDR", server.Address + "/")), "whoami");

        Assert.Equal("Bearer from-file", Assert.Single(server.Asked).Authorization);
    }

    [Fact]
    public async Task When_nothing_is_known_it_says_what_to_start_or_set()
    {
        var run = await OrcRun.WithVariables(Variables(("HOME", _home.FullName)), "whoami");

        Assert.Equal(1, run.Code);
        Assert.Contains("neither --addr nor ORC_ADDR is set", run.Error, StringComparison.Ordinal);
        Assert.Contains("hint: Start one here", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_nothing_listens_it_says_where_and_what_to_start()
    {
        var address = AddressWithoutListener();

        var run = await OrcRun.WithVariables(Variables(("ORC_ADDR", address)), "get", "services");

        Assert.Equal(1, run.Code);
        Assert.Contains($"No control plane answers at {address}", run.Error, StringComparison.Ordinal);
        Assert.Contains("hint: Start the control plane", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not an address")]
    [InlineData("ftp://example.org")]
    [InlineData("/tmp/socket")]
    public async Task An_address_that_is_none_is_a_mistake_of_usage(string address)
    {
        var run = await OrcRun.WithVariables(Variables(("ORC_ADDR", address)), "whoami");

        Assert.Equal(2, run.Code);
    }

    [Fact]
    public async Task A_read_is_tried_again_when_a_replica_is_away_or_the_connection_breaks()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "GET /v1/whoami",
            Reply.Text(503, "starting"),
            Reply.BreakOff,
            Reply.Json(new WhoAmI("ana", ["viewer"]))
        );

        var run = await OrcRun.Of(server, "whoami");

        Assert.Equal(0, run.Code);
        Assert.Equal(3, server.Asked.Count);
    }

    [Fact]
    public async Task A_read_is_not_tried_for_ever()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/whoami", Reply.Text(503, "starting"));

        var run = await OrcRun.Of(server, "whoami");

        Assert.Equal((1, 3), (run.Code, server.Asked.Count));
    }

    [Fact]
    public async Task A_write_is_sent_once()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/hosts/h1/drain", Reply.Text(503, "starting"));

        var run = await OrcRun.Of(server, "drain", "h1");

        Assert.Equal((1, 1), (run.Code, server.Asked.Count));
    }

    private static async Task<FakeControlPlane> Server() =>
        (await FakeControlPlane.StartAsync()).On("GET /v1/whoami", new WhoAmI("ana", ["viewer"]));

    private static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);

    private static string AddressWithoutListener()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }

    private string WriteFiles(string directory, string address, string token)
    {
        var path = Path.Combine(_home.FullName, directory);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "address"), address);
        File.WriteAllText(Path.Combine(path, "admin-token"), token);
        return path;
    }
}
