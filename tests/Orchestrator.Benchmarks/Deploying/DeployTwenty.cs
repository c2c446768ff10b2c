using System.Globalization;

namespace Orchestrator.Benchmarks.Deploying;

/// <summary>Twenty instances through the whole path: request, decision, bus, agent, runtime, and back until they are ready.</summary>
internal static class DeployTwenty
{
    public const int Count = 20;
    public const int AtOnce = 5;

    /// <summary>A shell that ends at once when it is told to, so that no one's grace is measured.</summary>
    public const string Script = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

    private const int Rounds = 5;

    public static IEnumerable<Figure> Oci() => MeasureAsync(("deploy-20-oci", OnOciAsync)).GetAwaiter().GetResult();

    /// <summary>Ours and Swarm on the same daemon, turn by turn.</summary>
    public static IEnumerable<Figure> Docker() =>
        MeasureAsync(("deploy-20-docker", OnDockerAsync), ("deploy-20-swarm", SwarmAsync)).GetAwaiter().GetResult();

    private static async Task<IDeployed> OnOciAsync(BenchSite site) => await OrchestratorFleet.StartAsync(site, "oci");

    private static async Task<IDeployed> OnDockerAsync(BenchSite site)
    {
        await DockerDaemon.EnsureAsync(site);
        return await OrchestratorFleet.StartAsync(site, "docker");
    }

    private static async Task<IDeployed> SwarmAsync(BenchSite site)
    {
        await DockerDaemon.EnsureAsync(site);
        return await SwarmFleet.StartAsync(site);
    }

    private static async Task<List<Figure>> MeasureAsync(
        params (string Name, Func<BenchSite, Task<IDeployed>> StartAsync)[] fleets
    )
    {
        await using var site = await BenchSite.OpenAsync();
        var rounds = fleets.ToDictionary(fleet => fleet.Name, _ => new List<Round>(), StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, startAsync) in fleets)
            {
                await using var fleet = await startAsync(site);
                rounds[name]
                    .Add(new Round(await fleet.DeployAsync(), await fleet.RollAsync(), await fleet.ReplaceAsync()));
            }
        }

        return
        [
            .. fleets.SelectMany(fleet =>
                (Figure[])
                    [
                        Median(fleet.Name, "deploy_seconds", rounds[fleet.Name].Select(round => round.Deploy)),
                        Median(fleet.Name, "roll_seconds", rounds[fleet.Name].Select(round => round.Roll)),
                        Median(fleet.Name, "replace_seconds", rounds[fleet.Name].Select(round => round.Replace)),
                    ]
            ),
        ];
    }

    private static Figure Median(string name, string metric, IEnumerable<TimeSpan> times)
    {
        var ordered = times.Select(time => time.TotalSeconds).Order().ToList();
        return new Figure(
            name,
            metric,
            Math.Round(ordered[ordered.Count / 2], 2),
            "s",
            "20 busybox instances on this machine's two cores, host network; then a changed variable, 5 at a time; then SIGKILL of one",
            string.Create(
                CultureInfo.InvariantCulture,
                $"(median of {ordered.Count}, {ordered[0]:0.00} to {ordered[^1]:0.00})"
            )
        );
    }

    private sealed record Round(TimeSpan Deploy, TimeSpan Roll, TimeSpan Replace);
}
