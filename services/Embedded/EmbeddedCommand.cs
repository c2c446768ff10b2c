using System.CommandLine;

namespace Orchestrator.Embedded;

/// <summary>The command line of the embedded program.</summary>
internal static class EmbeddedCommand
{
    private const int MaxHosts = 50;
    private const int MillicoresPerCore = 1_000;
    private const int BytesPerMebibyteShift = 20;

    public static RootCommand Create(Func<EmbeddedOptions, CancellationToken, Task<int>> run)
    {
        var data = new Option<string>("--data")
        {
            Description = "Directory for everything that is kept.",
            DefaultValueFactory = _ => DefaultDataDirectory(),
        };
        var hosts = new Option<int>("--hosts")
        {
            Description = $"How many container hosts to run, 1 to {MaxHosts}; each has its share of the machine.",
            DefaultValueFactory = _ => 1,
        };
        var listen = new Option<string>("--listen")
        {
            Description = "URL of API and status page. It is not encrypted: keep it on loopback.",
            DefaultValueFactory = _ => "http://127.0.0.1:7400",
        };
        var gateway = new Option<string>("--gateway")
        {
            Description = "URL of the gateway; services answer at URL/STAGE/SERVICE/.",
            DefaultValueFactory = _ => "http://127.0.0.1:7480",
        };
        var runtime = new Option<string>("--runtime")
        {
            Description = "oci needs root, crun and conmon; auto takes it where it can be had.",
            DefaultValueFactory = _ => "auto",
        };
        runtime.AcceptOnlyFromAmong("auto", "oci", "process");
        var images = new Option<string[]>("--images")
        {
            Description = "Directory that is an OCI image layout, or holds some. May be given several times.",
        };
        var cpu = new Option<int>("--cpu")
        {
            Description = "CPU that the hosts have together, in millicores; more than the machine has overcommits it.",
            DefaultValueFactory = _ => Environment.ProcessorCount * MillicoresPerCore,
        };
        var memory = new Option<int>("--memory")
        {
            Description = "Memory that the hosts have together, in MiB.",
            DefaultValueFactory = _ => (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> BytesPerMebibyteShift),
        };
        var keep = new Option<bool>("--keep-instances")
        {
            Description = "Let instances run on when this stops; the next start takes them over.",
        };
        var verbose = new Option<bool>("--verbose") { Description = "Log what is decided and done." };
        AcceptUrl(listen);
        AcceptUrl(gateway);
        AcceptRange(hosts, MaxHosts);
        AcceptRange(cpu, int.MaxValue);
        AcceptRange(memory, int.MaxValue);

        var command = new RootCommand(
            "Runs Orchestrator on this machine: control plane, gateway and container hosts in one process."
        )
        {
            hosts,
            data,
            listen,
            gateway,
            runtime,
            images,
            cpu,
            memory,
            keep,
            verbose,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                run(
                    new EmbeddedOptions
                    {
                        DataDirectory = Path.GetFullPath(parsed.GetRequiredValue(data)),
                        Hosts = parsed.GetRequiredValue(hosts),
                        ListenUrl = parsed.GetRequiredValue(listen),
                        GatewayUrl = parsed.GetRequiredValue(gateway),
                        Runtime = RuntimeChoice.Resolve(parsed.GetRequiredValue(runtime)),
                        ImageSources = [.. (parsed.GetValue(images) ?? []).Select(Path.GetFullPath)],
                        CpuMillicores = parsed.GetRequiredValue(cpu),
                        MemoryMebibytes = parsed.GetRequiredValue(memory),
                        KeepsInstances = parsed.GetValue(keep),
                        IsVerbose = parsed.GetValue(verbose),
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static string DefaultDataDirectory() =>
        Environment.GetEnvironmentVariable("ORC_DATA")
        ?? Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "orchestrator"
        );

    private static void AcceptUrl(Option<string> option) =>
        option.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string>();
            if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
            {
                result.AddError($"{option.Name}: '{text}' is not a URL such as http://127.0.0.1:7400.");
            }
        });

    private static void AcceptRange(Option<int> option, int most) =>
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var number) && number is >= 1)
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
