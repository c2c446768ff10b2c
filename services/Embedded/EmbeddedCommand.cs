using System.CommandLine;
using System.Globalization;

namespace Orchestrator.Embedded;

/// <summary>The command line of the embedded program.</summary>
internal static class EmbeddedCommand
{
    private const int MaxHosts = 50;
    private const int MillicoresPerCore = 1_000;
    private const int BytesPerMebibyteShift = 20;

    private static readonly Option<string> Data = new("--data")
    {
        Description = "Directory for everything that is kept.",
        DefaultValueFactory = _ => DefaultDataDirectory(),
    };

    private static readonly Option<int> Hosts = new("--hosts")
    {
        Description = $"How many container hosts to run, 1 to {MaxHosts}; each has its share of the machine.",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "URL of API and status page. It is not encrypted: keep it on loopback.",
        DefaultValueFactory = _ => "http://127.0.0.1:7400",
    };

    private static readonly Option<string> Gateway = new("--gateway")
    {
        Description = "URL of the gateway; services answer at URL/STAGE/SERVICE/.",
        DefaultValueFactory = _ => "http://127.0.0.1:7480",
    };

    private static readonly Option<string?> GatewayHttp2 = new("--gateway-http2")
    {
        Description =
            "URL where the gateway speaks HTTP/2 without TLS, as gRPC does; another port than --gateway's. Else nowhere.",
    };

    private static readonly Option<string?> GatewayMetrics = new("--gateway-metrics")
    {
        Description = "URL where the gateway has /metrics for Prometheus; another port than --gateway's. Else nowhere.",
    };

    private static readonly Option<string> Runtime = new("--runtime")
    {
        Description =
            "auto, oci, docker or process. oci needs root, crun and conmon; auto takes it where it can be had.",
        DefaultValueFactory = _ => "auto",
    };

    private static readonly Option<string> DockerSocket = new("--docker-socket")
    {
        Description = "Unix socket of the daemon that the runtime docker uses; Podman's will do.",
        DefaultValueFactory = _ => "/var/run/docker.sock",
    };

    private static readonly Option<string[]> Images = new("--images")
    {
        Description = "Directory that is an OCI image layout, or holds some. May be given several times.",
    };

    private static readonly Option<int> Cpu = new("--cpu")
    {
        Description = "CPU that the hosts have together, in millicores; more than the machine has overcommits it.",
        DefaultValueFactory = _ => Environment.ProcessorCount * MillicoresPerCore,
    };

    private static readonly Option<int> Memory = new("--memory")
    {
        Description = "Memory that the hosts have together, in MiB.",
        DefaultValueFactory = _ => (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> BytesPerMebibyteShift),
    };

    private static readonly Option<string?> Prometheus = new("--prometheus")
    {
        Description = "URL of a Prometheus, the provider 'prometheus' of metrics that judge canaries.",
    };

    private static readonly Option<string[]> Webhooks = new("--webhook")
    {
        Description =
            "A webhook that lines may name as a gate, and its URL. Signed with the key in webhook.key of the data "
            + "directory, which is made if it is not there. May be given several times.",
        HelpName = "NAME=URL",
    };

    private static readonly Option<bool> Keep = new("--keep-instances")
    {
        Description = "Let instances run on when this stops; the next start takes them over.",
    };

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Log what is decided and done." };

    static EmbeddedCommand()
    {
        Runtime.AcceptOnlyFromAmong("auto", "oci", "docker", "process");
        AcceptUrl(Listen);
        AcceptUrl(Gateway);
        AcceptUrl(GatewayHttp2);
        AcceptUrl(GatewayMetrics);
        AcceptUrl(Prometheus);
        Webhooks.Validators.Add(NamedUrls.Check);
        AcceptRange(Hosts, MaxHosts);
        AcceptRange(Cpu, int.MaxValue);
        AcceptRange(Memory, int.MaxValue);
    }

    public static RootCommand Create(Func<EmbeddedOptions, CancellationToken, Task<int>> run)
    {
        var command = new RootCommand(
            "Runs Orchestrator on this machine: control plane, gateway and container hosts in one process."
        )
        {
            Hosts,
            Data,
            Listen,
            Gateway,
            GatewayHttp2,
            GatewayMetrics,
            Runtime,
            DockerSocket,
            Images,
            Cpu,
            Memory,
            Prometheus,
            Webhooks,
            Keep,
            Verbose,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = Read(parsed);
                if (ClashOf(options) is not { } clash)
                {
                    return run(options, cancellationToken);
                }

                parsed.InvocationConfiguration.Error.WriteLine(clash);
                return Task.FromResult(1);
            }
        );
        return command;
    }

    /// <summary>How <c>orc</c> finds this program: without being told only where it looks by itself.</summary>
    public static string StatusCommand(EmbeddedOptions options) =>
        options.DataDirectory == Path.GetFullPath(DefaultDataDirectory())
            ? "orc status"
            : $"ORC_DATA={options.DataDirectory} orc status";

    private static EmbeddedOptions Read(ParseResult parsed) =>
        new()
        {
            DataDirectory = Path.GetFullPath(parsed.GetRequiredValue(Data)),
            Hosts = parsed.GetRequiredValue(Hosts),
            ListenUrl = parsed.GetRequiredValue(Listen),
            GatewayUrl = parsed.GetRequiredValue(Gateway),
            GatewayHttp2Url = parsed.GetValue(GatewayHttp2),
            GatewayMetricsUrl = parsed.GetValue(GatewayMetrics),
            Runtime = RuntimeChoice.Resolve(parsed.GetRequiredValue(Runtime)),
            DockerSocket = Path.GetFullPath(parsed.GetRequiredValue(DockerSocket)),
            ImageSources = [.. (parsed.GetValue(Images) ?? []).Select(Path.GetFullPath)],
            CpuMillicores = parsed.GetRequiredValue(Cpu),
            MemoryMebibytes = parsed.GetRequiredValue(Memory),
            PrometheusUrl = parsed.GetValue(Prometheus) ?? "",
            Webhooks = NamedUrls.Read(parsed.GetValue(Webhooks) ?? []),
            KeepsInstances = parsed.GetValue(Keep),
            IsVerbose = parsed.GetValue(Verbose),
        };

    private static string DefaultDataDirectory() =>
        Environment.GetEnvironmentVariable("ORC_DATA")
        ?? Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "orchestrator"
        );

    /// <summary>Which two would listen at one address; null for none. Else the program would end with a word about sockets.</summary>
    private static string? ClashOf(EmbeddedOptions options)
    {
        (string Option, string? Url)[] all =
        [
            (Listen.Name, options.ListenUrl),
            (Gateway.Name, options.GatewayUrl),
            (GatewayHttp2.Name, options.GatewayHttp2Url),
            (GatewayMetrics.Name, options.GatewayMetricsUrl),
        ];
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (option, text) in all)
        {
            if (text is null || new Uri(text) is not { Port: not 0 } url)
            {
                continue;
            }

            if (!seen.TryAdd(url.Authority, option))
            {
                return $"{option}: {seen[url.Authority]} is at {url.Authority} already; name another port.";
            }
        }

        return null;
    }

    private static void AcceptUrl(Option option) =>
        option.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string?>();
            if (
                text is not null
                && (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
            )
            {
                result.AddError($"{option.Name}: '{text}' is not a URL such as http://127.0.0.1:7400.");
            }
        });

    private static void AcceptRange(Option<int> option, int most) =>
        option.Validators.Add(result =>
        {
            if (
                result.Tokens.Count == 1
                && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var number)
                && number is >= 1
            )
            {
                if (number > most)
                {
                    result.AddError($"{option.Name}: {number} is more than {most}.");
                }
            }
            else if (result.Tokens.Count > 0)
            {
                result.AddError($"{option.Name}: '{result.Tokens[0].Value}' is not a whole number above 0.");
            }
        });
}
