using System.Globalization;
using Orchestrator.Tests.Shared;

namespace Orchestrator.EndToEnd.Support;

/// <summary>One replica of the control plane.</summary>
internal sealed record Replica(RunningProgram Program, string Address, ControlPlaneView View)
{
    public bool IsLeading => Program.ReadLog().Contains("Conducts cell", StringComparison.Ordinal);
}

/// <summary>Control plane, gateway and three hosts, each a process of its own, on PostgreSQL and RabbitMQ.</summary>
internal sealed class DistributedFleet : IAsyncDisposable
{
    private const int HostCount = 3;
    private const int PortsPerHost = 100;

    /// <summary>Below the ports that the kernel hands out; two test runs on one machine rarely have the same.</summary>
    private static readonly int FirstPort = 24_000 + (Environment.ProcessId % 26 * HostCount * PortsPerHost);

    private static readonly TimeSpan StartWithin = TimeSpan.FromMinutes(1);

    private readonly Site _site;
    private readonly PostgresServer _postgres;
    private readonly RabbitMqBroker _broker;
    private readonly string _database;
    private readonly Dictionary<string, RunningProgram> _agents = new(StringComparer.Ordinal);
    private readonly List<ControlPlaneView> _views = [];
    private string _token = "";
    private int _runs;

    private DistributedFleet(Site site, PostgresServer postgres, RabbitMqBroker broker, string database) =>
        (_site, _postgres, _broker, _database) = (site, postgres, broker, database);

    public Site Site => _site;

    /// <summary>The admin of the first replica.</summary>
    public Orc Admin(Replica replica) => new(replica.Address, _token);

    /// <summary>Gateway and hosts run, and wait for a control plane.</summary>
    public static async Task<DistributedFleet> StartAsync()
    {
        Assert.SkipWhen(RabbitMqBroker.WhyNot is not null, RabbitMqBroker.WhyNot ?? "");
        var token = TestContext.Current.CancellationToken;
        var postgres = new PostgresServer();
        var serving = postgres.InitializeAsync().AsTask();
        var site = await Site.OpenAsync();
        await serving;
        Assert.SkipWhen(postgres.Missing is not null, postgres.Missing ?? "");
        // Last, for it does not end by itself with this process as the others do.
        var broker = await RabbitMqBroker.StartAsync(token);
        var fleet = new DistributedFleet(site, postgres, broker, await postgres.CreateDatabaseAsync(token));
        fleet.StartGateway();
        foreach (var host in Enumerable.Range(1, HostCount))
        {
            fleet.StartAgent($"h{host}");
        }

        return fleet;
    }

    /// <summary>Returns once it serves; whether it leads is another question.</summary>
    public async Task<Replica> StartReplicaAsync(string id)
    {
        var data = _site.DirectoryOf(id);
        var addressFile = Path.Combine(data, "address");
        File.Delete(addressFile);
        _runs++;
        var program = _site.Start(
            string.Create(CultureInfo.InvariantCulture, $"{id}.{_runs}"),
            With(
                ("ORC_ControlPlane__ReplicaId", id),
                ("ORC_ControlPlane__DataDirectory", data),
                ("ORC_ControlPlane__ListenUrl", "http://127.0.0.1:0"),
                ("ORC_ControlPlane__PostgresConnectionString", _database),
                // Shorter than is wise in earnest, so that the test does not wait for what it is to see.
                ("ORC_ControlPlane__LeaseSeconds", "8"),
                ("ORC_ControlPlane__HostLostAfterSeconds", "10")
            ),
            Programs.ControlPlane
        );
        await Eventually.IsTrueAsync($"{id} listens", StartWithin, () => File.Exists(addressFile));
        var tokenFile = Path.Combine(data, "admin-token");
        if (_token.Length == 0)
        {
            await Eventually.IsTrueAsync($"{id} leaves a token", StartWithin, () => File.Exists(tokenFile));
            _token = (await File.ReadAllTextAsync(tokenFile)).Trim();
        }

        var address = (await File.ReadAllTextAsync(addressFile)).Trim();
        var view = new ControlPlaneView(address, _token);
        _views.Add(view);
        return new Replica(program, address, view);
    }

    /// <summary>As the supervisor of its machine does it, whether or not it ran there before.</summary>
    public void StartAgent(string host)
    {
        var index = int.Parse(host[1..], CultureInfo.InvariantCulture) - 1;
        var firstPort = FirstPort + (index * PortsPerHost);
        _runs++;
        _agents[host] = _site.Start(
            string.Create(CultureInfo.InvariantCulture, $"{host}.{_runs}"),
            With(
                ("ORC_Agent__HostId", host),
                ("ORC_Agent__DataDirectory", _site.DirectoryOf(host)),
                ("ORC_Agent__Runtime", Site.Runtime),
                ("ORC_Agent__ImageSources__0", _site.Image.Directory),
                ("ORC_Agent__GatewayUrl", _site.Gateway),
                ("ORC_Agent__CpuMillicores", "3000"),
                ("ORC_Agent__MemoryMebibytes", "3072"),
                ("ORC_Agent__PortRangeFrom", Text(firstPort)),
                ("ORC_Agent__PortRangeTo", Text(firstPort + PortsPerHost - 1))
            ),
            Programs.HostAgent
        );
    }

    /// <summary>The agent and every instance of the host, at once and without a word.</summary>
    public async Task CutPowerAsync(string host)
    {
        await _agents[host].KillAsync();
        foreach (var process in _site.Instances().Where(process => process.Host == host))
        {
            process.Kill();
        }
    }

    public Task ProveAsync(Func<Task> proof) =>
        _site.ProveAsync(
            proof,
            async () => string.Join('\n', await Task.WhenAll(_views.Select(view => view.DescribeAsync())))
        );

    public async ValueTask DisposeAsync()
    {
        foreach (var view in _views)
        {
            view.Dispose();
        }

        await _site.DisposeAsync();
        await _broker.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private void StartGateway() =>
        _site.Start(
            "gateway",
            With(
                ("ORC_Gateway__GatewayId", "g1"),
                ("ORC_Gateway__Url", _site.Gateway),
                ("ORC_Gateway__DataDirectory", _site.DirectoryOf("gateway"))
            ),
            Programs.Gateway
        );

    private Dictionary<string, string> With(params IReadOnlyList<(string Name, string Value)> own) =>
        new(own.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)), StringComparer.Ordinal)
        {
            ["ORC_RabbitMq__Host"] = "127.0.0.1",
            ["ORC_RabbitMq__Port"] = Text(_broker.Port),
            ["ORC_RabbitMq__VirtualHost"] = "/",
            ["ORC_RabbitMq__User"] = "guest",
            ["ORC_RabbitMq__Password"] = "guest",
        };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
