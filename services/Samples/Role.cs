using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Samples.Load;

namespace Orchestrator.Samples;

/// <summary>What this copy of the program is told to be, by its command line or else by its environment.</summary>
internal abstract record Role
{
    private const int MaxPort = 65_535;
    private const int MaxDelayMilliseconds = 60_000;

    private Role() { }

    public static Role Parse(string[] arguments, Func<string, string?> environment)
    {
        try
        {
            return arguments switch
            {
                ["load", .. var options] => new Generate(LoadArguments.Parse(options)),
                [] when environment("SAMPLE_ROLE") is "load" => new Generate(ReadLoad(environment)),
                [] when environment("SAMPLE_ROLE") is null or "" or "serve" => new Serve(ReadService(environment)),
                [] => throw new FormatException("SAMPLE_ROLE is 'serve' or 'load'"),
                _ => throw new FormatException($"unknown argument '{arguments[0]}'; {LoadArguments.Usage}"),
            };
        }
        catch (FormatException mistake)
        {
            return new Misused(mistake.Message);
        }
    }

    /// <summary>A whole number in the range, or the fallback where the text is missing or empty.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static int ReadInteger(string name, string? text, int min, int max, int? fallback)
    {
        if (string.IsNullOrEmpty(text))
        {
            return fallback ?? throw new FormatException($"{name} is missing");
        }
        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= min
            && value <= max
            ? value
            : throw new FormatException($"{name} is a whole number from {min} to {max}, not '{text}'");
    }

    private static ServiceSettings ReadService(Func<string, string?> environment)
    {
        var calls = Words(environment("SAMPLE_CALLS"));
        return new ServiceSettings
        {
            Port = ReadInteger("PORT", environment("PORT"), min: 1, MaxPort, fallback: null),
            Service = environment("ORC_SERVICE") ?? "sample",
            Version = environment("ORC_VERSION") ?? "0.0.0",
            Instance = environment("ORC_INSTANCE") ?? "local",
            Calls = [.. calls.Select(service => new Downstream(service, RouteTo(service, environment)))],
            Chaos = new Chaos(
                ReadInteger("SAMPLE_ERROR_PERCENT", environment("SAMPLE_ERROR_PERCENT"), min: 0, max: 100, fallback: 0),
                ReadInteger(
                    "SAMPLE_DELAY_MS",
                    environment("SAMPLE_DELAY_MS"),
                    min: 0,
                    MaxDelayMilliseconds,
                    fallback: 0
                )
            ),
        };
    }

    private static LoadSettings ReadLoad(Func<string, string?> environment) =>
        new()
        {
            Targets = LoadArguments.CheckTargets([
                .. Words(environment("SAMPLE_TARGET")).Select(target => ToTarget(target, environment)),
            ]),
            RequestsPerSecond = LoadArguments.ReadRate("SAMPLE_RPS", environment("SAMPLE_RPS")),
            Duration = null,
            ReportFile = environment("SAMPLE_REPORT") is { Length: > 0 } file ? file : null,
            Port = environment("PORT") is { Length: > 0 } port
                ? ReadInteger("PORT", port, min: 1, MaxPort, fallback: null)
                : null,
        };

    /// <summary>Who writes a manifest cannot know the gateway's address, so a bare name means: through the gateway.</summary>
    private static Uri ToTarget(string target, Func<string, string?> environment) =>
        target.Contains("://", StringComparison.Ordinal)
            ? LoadArguments.ReadTarget(target)
            : RouteTo(target, environment);

    private static Uri RouteTo(string service, Func<string, string?> environment)
    {
        var stage = environment("ORC_STAGE");
        return
            !string.IsNullOrEmpty(stage) && Uri.TryCreate(environment("ORC_GATEWAY"), UriKind.Absolute, out var gateway)
            ? new Uri(gateway, $"/{stage}/{service}/")
            : throw new FormatException($"calling '{service}' needs ORC_GATEWAY and ORC_STAGE");
    }

    private static ImmutableArray<string> Words(string? text) =>
        [.. (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>A service of the fleet.</summary>
    public sealed record Serve(ServiceSettings Settings) : Role;

    /// <summary>A user of the fleet.</summary>
    public sealed record Generate(LoadSettings Settings) : Role;

    public sealed record Misused(string Reason) : Role;
}
