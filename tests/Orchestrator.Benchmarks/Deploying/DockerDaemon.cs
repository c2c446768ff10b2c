using System.Diagnostics;

namespace Orchestrator.Benchmarks.Deploying;

/// <summary>A dockerd of our own, with everything below the site's directory, whatever else this machine runs.</summary>
internal static class DockerDaemon
{
    private const string Name = "dockerd";

    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(30);

    /// <summary>Starts it, unless it runs.</summary>
    public static async Task EnsureAsync(BenchSite site)
    {
        if (File.Exists(site.Socket))
        {
            return;
        }

        var data = site.DataDirectory(Name);
        var configuration = Path.Combine(site.Directory, "config.json");
        await File.WriteAllTextAsync(configuration, "{}");
        site.Start(
            Name,
            BenchSite.FindTool(Name),
            "--config-file",
            configuration,
            "--data-root",
            data,
            "--exec-root",
            Path.Combine(site.Directory, "exec"),
            "--pidfile",
            Path.Combine(site.Directory, "pid"),
            "--host",
            $"unix://{site.Socket}",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false"
        );
        await BenchSite.UntilAsync(
            "dockerd answers",
            Stopwatch.GetTimestamp(),
            StartWithin,
            async () =>
            {
                try
                {
                    await site.RunAsync(BenchSite.FindTool("docker"), ["info"]);
                    return true;
                }
                catch (InvalidDataException)
                {
                    return false;
                }
            }
        );
    }
}
