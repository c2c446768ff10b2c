using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Docker.DotNet.Models;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>What <c>docker login</c> has written for the agent's user. Helpers that keep passwords elsewhere are not asked.</summary>
internal static class RegistryCredentials
{
    /// <summary>As Docker's own index is called in there.</summary>
    private const string HubKey = "https://index.docker.io/v1/";

    private const string Hub = "docker.io";

    /// <summary>Real ones have a few entries.</summary>
    private const long MaxFileBytes = 1024 * 1024;

    public static string DefaultPath =>
        Path.Combine(
            Environment.GetEnvironmentVariable("DOCKER_CONFIG")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker"),
            "config.json"
        );

    /// <summary>Nobody's where there are none for the image's registry.</summary>
    public static AuthConfig Find(string path, string image)
    {
        var file = new FileInfo(path);
        if (file is not { Exists: true, Length: <= MaxFileBytes })
        {
            return new AuthConfig();
        }

        try
        {
            var registry = RegistryOf(image);
            var entries = JsonNode.Parse(File.ReadAllText(path))?["auths"]?.AsObject();
            return entries?.FirstOrDefault(entry => IsFor(entry.Key, registry)) is ({ } key, { } entry)
                ? Read(key, entry)
                : new AuthConfig();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new RuntimeFailedException($"{path} is not what docker login writes: {e.Message}", e);
        }
    }

    /// <summary>The part before the first slash, if it can be a host's name; else the image is Docker's own index's.</summary>
    private static string RegistryOf(string image)
    {
        var first = image.Contains('/', StringComparison.Ordinal) ? image.Split('/')[0] : "";
        return first.AsSpan().ContainsAny('.', ':') || first == "localhost" ? first : Hub;
    }

    private static bool IsFor(string key, string registry) =>
        registry == Hub
            ? key is HubKey or Hub
            : string.Equals(
                key.Replace("https://", "", StringComparison.Ordinal)
                    .Replace("http://", "", StringComparison.Ordinal)
                    .Split('/')[0],
                registry,
                StringComparison.Ordinal
            );

    private static AuthConfig Read(string key, JsonNode entry)
    {
        var pair = Encoding.UTF8.GetString(Convert.FromBase64String((string?)entry["auth"] ?? "")).Split(':', 2);
        return new AuthConfig
        {
            ServerAddress = key,
            Username = pair[0],
            Password = pair.ElementAtOrDefault(1) ?? "",
            IdentityToken = (string?)entry["identitytoken"] ?? "",
        };
    }
}
