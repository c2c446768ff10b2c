using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Tests.Shared;

/// <summary>
/// A RabbitMQ of the distribution that belongs to the test: free loopback ports, its own directory, node name, cookie and
/// epmd. Nothing of it is left when it is disposed.
/// </summary>
internal sealed class RabbitMqBroker : IAsyncDisposable
{
    /// <summary>The program itself, not the wrapper in the path, which insists on a user of its own.</summary>
    private const string ServerPath = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    /// <summary>A broker starts in 5 to 10 s on an idle machine.</summary>
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("orc-rabbitmq-");
    private readonly int _epmdPort = FreePort();
    private readonly int _distributionPort = FreePort();
    private Process? _epmd;
    private Process? _server;

    private RabbitMqBroker() => Port = FreePort();

    public int Port { get; }

    /// <summary>Of the HTTP API that makes users, where it was asked for.</summary>
    public int ManagementPort { get; private init; }

    public Uri ManagementUrl => new($"http://127.0.0.1:{ManagementPort}");

    /// <summary>Why there can be no broker on this machine, or null when there can.</summary>
    public static string? WhyNot
    {
        get
        {
            if (!File.Exists(ServerPath))
            {
                return $"rabbitmq-server is not installed ({ServerPath} is missing).";
            }

            return Find("epmd") is null ? "epmd of Erlang is not in the path." : null;
        }
    }

    public static Task<RabbitMqBroker> StartAsync(CancellationToken cancellationToken) =>
        StartAsync(new RabbitMqBroker(), cancellationToken);

    /// <summary>With the HTTP API that makes users.</summary>
    public static async Task<RabbitMqBroker> StartManagedAsync(CancellationToken cancellationToken)
    {
        var broker = await StartAsync(new RabbitMqBroker { ManagementPort = FreePort() }, cancellationToken);
        try
        {
            using var http = new HttpClient();
            var started = Stopwatch.StartNew();
            while (!await ManagesAsync(http, broker.ManagementUrl, cancellationToken))
            {
                if (started.Elapsed > StartDeadline)
                {
                    throw new InvalidOperationException("RabbitMQ's management API did not start.");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }

            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    private static async Task<RabbitMqBroker> StartAsync(RabbitMqBroker broker, CancellationToken cancellationToken)
    {
        var (plugins, management) =
            broker.ManagementPort == 0
                ? ("[].", "")
                : (
                    "[rabbitmq_management].",
                    $"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {broker.ManagementPort}\n"
                );
        try
        {
            await File.WriteAllTextAsync(
                broker.PathOf("rabbitmq.conf"),
                $"listeners.tcp.1 = 127.0.0.1:{broker.Port}\ndisk_free_limit.absolute = 10MB\n{management}",
                cancellationToken
            );
            await File.WriteAllTextAsync(broker.PathOf("enabled_plugins"), plugins + "\n", cancellationToken);
            await File.WriteAllTextAsync(broker.PathOf("rabbitmq-env.conf"), "", cancellationToken);
            // Started by us and in the foreground, else Erlang leaves a daemon behind.
            broker._epmd = broker.Launch(
                Find("epmd")!,
                "-port",
                broker._epmdPort.ToString(CultureInfo.InvariantCulture),
                "-address",
                "127.0.0.1"
            );
            await broker.StartServerAsync(cancellationToken);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>As a power cut does it.</summary>
    public async Task KillAsync()
    {
        await EndAsync(_server);
        _server = null;
    }

    public async Task StartServerAsync(CancellationToken cancellationToken)
    {
        _server = Launch(ServerPath);
        var started = Stopwatch.StartNew();
        while (!await AnswersAsync(cancellationToken))
        {
            if (_server.HasExited || started.Elapsed > StartDeadline)
            {
                throw new InvalidOperationException(
                    $"RabbitMQ did not start:\n{await ReadLogAsync(cancellationToken)}"
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_server);
        await EndAsync(_epmd);
        _directory.Delete(recursive: true);
    }

    private static async Task EndAsync(Process? process)
    {
        if (process is null)
        {
            return;
        }

        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private Process Launch(string program, params string[] arguments)
    {
        // Output goes to files: a pipe that nobody reads would stop the broker.
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList =
            {
                "-c",
                "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null",
                "sh",
                PathOf("out.log"),
                program,
            },
            WorkingDirectory = _directory.FullName,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in Environment())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    private Dictionary<string, string> Environment() =>
        new(StringComparer.Ordinal)
        {
            ["HOME"] = _directory.FullName,
            ["ERL_EPMD_PORT"] = _epmdPort.ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = $"{_directory.Name}@localhost",
            ["RABBITMQ_DIST_PORT"] = _distributionPort.ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            ["RABBITMQ_CONF_ENV_FILE"] = PathOf("rabbitmq-env.conf"),
            ["RABBITMQ_CONFIG_FILE"] = PathOf("rabbitmq.conf"),
            ["RABBITMQ_ADVANCED_CONFIG_FILE"] = PathOf("advanced.config"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = PathOf("enabled_plugins"),
            ["RABBITMQ_MNESIA_BASE"] = PathOf("mnesia"),
            ["RABBITMQ_LOG_BASE"] = PathOf("log"),
            ["RABBITMQ_SCHEMA_DIR"] = PathOf("schema"),
            ["RABBITMQ_GENERATED_CONFIG_DIR"] = PathOf("config"),
            ["RABBITMQ_PID_FILE"] = PathOf("pid"),
            // One thread to schedule on: it shares a small machine with the tests.
            ["RABBITMQ_SCHEDULERS"] = "1",
        };

    private static async Task<bool> ManagesAsync(HttpClient http, Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(url, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Says hello in AMQP: an open port alone may still refuse.</summary>
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, late.Token);
            var stream = client.GetStream();
            await stream.WriteAsync("AMQP\0\0\x09\x01"u8.ToArray(), late.Token);
            return await stream.ReadAsync(new byte[1], late.Token) == 1;
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task<string> ReadLogAsync(CancellationToken cancellationToken) =>
        File.Exists(PathOf("out.log")) ? await File.ReadAllTextAsync(PathOf("out.log"), cancellationToken) : "";

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private static string? Find(string program) =>
        (System.Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Append("/usr/sbin")
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
