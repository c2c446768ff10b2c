using System.Globalization;
using System.Text.Json;
using Orchestrator.Contracts.Http;
using Orchestrator.Tests.Shared;

namespace Orchestrator.EndToEnd.Support;

/// <summary>A control plane on SQLite and a broker that users can be made on; hosts join it by themselves.</summary>
internal sealed class EnrolledFleet : IAsyncDisposable
{
    private const string BrokerPassword = "guest";

    private static readonly TimeSpan StartWithin = TimeSpan.FromMinutes(1);

    private readonly List<RunningProgram> _programs = [];
    private readonly RabbitMqBroker _broker;
    private int _runs;

    private EnrolledFleet(RabbitMqBroker broker) => _broker = broker;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("orc-enrol-").FullName;

    public string Address { get; private set; } = "";

    public Orc Admin { get; private set; } = new("", "");

    public int BrokerPort => _broker.Port;

    public static async Task<EnrolledFleet> StartAsync()
    {
        Assert.SkipWhen(RabbitMqBroker.WhyNot is not null, RabbitMqBroker.WhyNot ?? "");
        var fleet = new EnrolledFleet(await RabbitMqBroker.StartManagedAsync(TestContext.Current.CancellationToken));
        try
        {
            await fleet.StartControlPlaneAsync();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public string PathOf(string name) => Path.Combine(Directory, name);

    public async Task<HostTokenCreated> TokenAsync(params IReadOnlyList<string> options)
    {
        var text = await Admin.RunAsync(["host", "token", "-o", "json", .. options]);
        return JsonSerializer.Deserialize<HostTokenCreated>(text, JsonSerializerOptions.Web)!;
    }

    /// <summary>Fails the test unless the agent's program answers the code. Returns what it said, which holds no token.</summary>
    public async Task<string> JoinAsync(int code, string host, string token, params IReadOnlyList<string> options)
    {
        var file = PathOf($"{host}.token");
        await File.WriteAllTextAsync(file, token + "\n", TestContext.Current.CancellationToken);
        var program = Start(
            $"join-{host}",
            [],
            [Programs.HostAgent, "join", Address, "--token-file", file, "--data-directory", PathOf(host), .. options]
        );
        await Eventually.IsTrueAsync($"{host} has tried to join", StartWithin, () => program.HasExited);
        File.Delete(file);
        var said = program.ReadLog();
        Assert.True(program.ExitCode == code, $"{said}\nIt ended with {program.ExitCode} and not with {code}.");
        Assert.DoesNotContain(token, said, StringComparison.Ordinal);
        return said;
    }

    /// <summary>Knows nothing but where its data are.</summary>
    public RunningProgram StartAgent(string host) =>
        Start(
            $"agent-{host}",
            [("ORC_Agent__DataDirectory", PathOf(host)), ("ORC_Agent__Runtime", "process")],
            [Programs.HostAgent]
        );

    public RunningProgram Start(
        string name,
        IReadOnlyList<(string Name, string Value)> environment,
        IReadOnlyList<string> command
    )
    {
        _runs++;
        var program = RunningProgram.Start(
            name,
            PathOf(string.Create(CultureInfo.InvariantCulture, $"{name}.{_runs}.log")),
            environment.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal),
            command
        );
        _programs.Add(program);
        return program;
    }

    public async Task<IReadOnlyList<HostView>> HostsAsync()
    {
        var text = await Admin.RunAsync("host", "list", "-o", "json");
        return JsonSerializer.Deserialize<Page<HostView>>(text, JsonSerializerOptions.Web)!.Items;
    }

    public Task IsReadyAsync(string host) =>
        Eventually.IsTrueAsync(
            $"{host} is Ready",
            StartWithin,
            async () => (await HostsAsync()).Any(each => each.Id == host && each.State == "Ready")
        );

    /// <summary>For whoever has to find out what went wrong.</summary>
    public string Tails() => string.Join('\n', _programs.Select(program => program.Tail()));

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
        {
            await program.DisposeAsync();
        }

        await _broker.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private async Task StartControlPlaneAsync()
    {
        var data = PathOf("control-plane");
        Start(
            "control-plane",
            [
                ("ORC_ControlPlane__DataDirectory", data),
                ("ORC_ControlPlane__ListenUrl", "http://127.0.0.1:0"),
                ("ORC_RabbitMq__Host", "127.0.0.1"),
                ("ORC_RabbitMq__Port", _broker.Port.ToString(CultureInfo.InvariantCulture)),
                ("ORC_RabbitMq__User", "guest"),
                ("ORC_RabbitMq__Password", BrokerPassword),
                ("ORC_Enrolment__ManagementUrl", _broker.ManagementUrl.ToString()),
                ("ORC_Enrolment__ManagementUser", "guest"),
                ("ORC_Enrolment__ManagementPassword", BrokerPassword),
            ],
            [Programs.ControlPlane]
        );
        var token = Path.Combine(data, "admin-token");
        await Eventually.IsTrueAsync("the control plane leaves a token", StartWithin, () => File.Exists(token));
        Address = (await File.ReadAllTextAsync(Path.Combine(data, "address"))).Trim();
        Admin = new Orc(Address, (await File.ReadAllTextAsync(token)).Trim());
        await Eventually.IsTrueAsync(
            "it conducts",
            StartWithin,
            () => _programs[0].ReadLog().Contains("Conducts cell", StringComparison.Ordinal)
        );
    }
}
