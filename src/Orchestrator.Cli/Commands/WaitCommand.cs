using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc wait</c>: for scripts that need a version to stand before they go on.</summary>
internal static class WaitCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    public static Command Create(Shell shell)
    {
        var service = Parts.Name("service", "Service to wait for.");
        var stage = new Option<string>("--stage")
        {
            Description = "Stage to look at.",
            HelpName = "STAGE",
            Required = true,
        };
        var version = Parts.Text("--version", "VERSION", "Version that must be the current one there. Else any.");
        var until = new Option<string>("--until")
        {
            Description = "ready: the version is current there and all its instances are ready.",
            DefaultValueFactory = _ => "ready",
        };
        until.AcceptOnlyFromAmong("ready");
        var timeout = Parts.Timeout("Give up after this long (5). Such as 90s, 10m, 2h.", DefaultTimeout);
        var command = new Command("wait", "Wait until a service at a stage is on a version and ready.")
        {
            service,
            stage,
            version,
            until,
            timeout,
        };
        shell.AddExamples(
            command,
            "orc wait checkoutservice --stage prod --version 1.1.0 --timeout 10m",
            "orc wait checkoutservice --stage staging && ./smoke-test.sh"
        );
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
            {
                var pace = new Pace(session.Surroundings.Time, session.Output, parsed.GetValue(timeout));
                var wanted = new Wanted(
                    parsed.GetRequiredValue(service),
                    parsed.GetRequiredValue(stage),
                    parsed.GetValue(version)
                );
                return RunAsync(session, pace, wanted, cancellationToken);
            }
        );
        return command;
    }

    /// <param name="Version">Null: whichever is current.</param>
    private sealed record Wanted(string Service, string Stage, string? Version);

    private static async Task<int> RunAsync(
        Session session,
        Pace pace,
        Wanted wanted,
        CancellationToken cancellationToken
    )
    {
        var told = "";
        while (true)
        {
            var deployment = await ReadAsync(session, pace, wanted, cancellationToken);
            if (deployment is not null && IsReady(deployment, wanted.Version))
            {
                session.Output.Show(
                    deployment,
                    CliJson.Default.DeploymentView,
                    shown => CatalogSheets.Deployment(shown, pace.Now)
                );
                return ExitCode.Done;
            }

            await ThrowIfRolledBackAsync(session, pace, wanted, cancellationToken);
            var progress = Progress(deployment, wanted);
            if (progress != told)
            {
                session.Output.Say($"{Format.Clock(pace.Now)}  {progress}");
                told = progress;
            }

            if (pace.IsOver)
            {
                throw new CommandFailedException(
                    ExitCode.TimedOut,
                    $"Timed out: {progress}",
                    $"`orc get rollouts {wanted.Service}` shows what it waits for."
                );
            }

            await pace.WaitAsync(cancellationToken);
        }
    }

    private static async Task<DeploymentView?> ReadAsync(
        Session session,
        Pace pace,
        Wanted wanted,
        CancellationToken cancellationToken
    )
    {
        var path = Paths.Query(Paths.Deployments, ("service", wanted.Service), ("stage", wanted.Stage));
        var page = await pace.ReadAsync(
            token => session.Api.GetAsync(path, CliJson.Default.PageDeploymentView, token),
            cancellationToken
        );
        return page.Items.FirstOrDefault(item => item.Service == wanted.Service && item.Stage == wanted.Stage);
    }

    /// <summary>Waiting for a version that was just rolled back would only end at the timeout.</summary>
    private static async Task ThrowIfRolledBackAsync(
        Session session,
        Pace pace,
        Wanted wanted,
        CancellationToken cancellationToken
    )
    {
        if (wanted.Version is null)
        {
            return;
        }

        var path = Paths.Query(Paths.Rollouts, ("service", wanted.Service));
        var page = await pace.ReadAsync(
            token => session.Api.GetAsync(path, CliJson.Default.PageRolloutView, token),
            cancellationToken
        );
        var last = page
            .Items.Where(rollout => rollout.Stage == wanted.Stage && rollout.ToVersion == wanted.Version)
            .MaxBy(rollout => rollout.StartedAt);
        if (last is { IsFinished: true, IsSucceeded: false })
        {
            throw new CommandFailedException(
                ExitCode.Failed,
                $"{wanted.Service} {wanted.Version} did not make it to {wanted.Stage}: {last.Phase}{Format.Because(last.Reason)}",
                $"`orc rollout status {last.Id}` shows the evidence."
            );
        }
    }

    private static bool IsReady(DeploymentView deployment, string? version)
    {
        if (deployment.CurrentVersion.Length == 0 || (version is not null && deployment.CurrentVersion != version))
        {
            return false;
        }

        if (deployment.Batch is { } batch)
        {
            return batch.State == KindText.Completed && batch.Version == deployment.CurrentVersion;
        }

        var current = deployment.Versions.FirstOrDefault(share => share.Version == deployment.CurrentVersion);
        return current is { Desired: > 0 } && current.Ready >= current.Desired;
    }

    private static string Progress(DeploymentView? deployment, Wanted wanted)
    {
        if (deployment is null)
        {
            return $"{wanted.Service} is not deployed at {wanted.Stage} yet.";
        }

        var current = deployment.CurrentVersion.Length > 0 ? deployment.CurrentVersion : "none";
        var ready = deployment.Versions.Select(share =>
            $"{share.Version} {Format.OutOf(share.Ready, share.Desired)} ready"
        );
        var missing = deployment.Unplaced.Length > 0 ? $"; missing because {deployment.Unplaced}" : "";
        return $"{wanted.Service} at {wanted.Stage}: current version {current}; {string.Join(", ", ready)}{missing}";
    }
}
