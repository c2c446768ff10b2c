using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc drain</c>: empties a host, and waits for it if asked to.</summary>
internal static class DrainCommand
{
    public static Command Create(Shell shell)
    {
        var host = Parts.Name("host", "Host, as `orc hosts` names it.");
        var deadline = Parts.Duration(
            "--deadline",
            "Until then no service goes below what its policy allows; then whatever is left is moved. Else no deadline. Such as 90s, 30m, 2h.",
            otherwise: null
        );
        var reason = ActionCommands.Reason();
        var wait = Parts.Flag("--wait", "Wait until nothing is left on it.");
        var timeout = Parts.Timeout(
            "With --wait: give up waiting after this long (5); the drain goes on.",
            otherwise: null
        );
        var command = new Command(
            "drain",
            "Move everything off a host, without taking a service below what it needs; nothing new is placed on it."
        )
        {
            host,
            deadline,
            reason,
            wait,
            timeout,
        };
        shell.AddExamples(
            command,
            "orc drain h2",
            "orc drain h2 --deadline 30m --reason 'new kernel' --wait && ./reboot.sh h2"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var name = parsed.GetRequiredValue(host);
                var request = new DrainRequest
                {
                    Reason = parsed.GetRequiredValue(reason),
                    DeadlineSeconds = (long?)parsed.GetValue(deadline)?.TotalSeconds,
                };
                var result = await session.Api.PostAsync(
                    Paths.HostAction(name, "drain"),
                    request,
                    CliJson.Default.DrainRequest,
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                if (!parsed.GetValue(wait))
                {
                    session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                    return ExitCode.Done;
                }

                session.Output.Say(result.Message);
                var pace = new Pace(session.Surroundings.Time, session.Output, parsed.GetValue(timeout));
                return await WaitAsync(session, pace, name, cancellationToken);
            }
        );
        return command;
    }

    private static async Task<int> WaitAsync(
        Session session,
        Pace pace,
        string name,
        CancellationToken cancellationToken
    )
    {
        var (told, isSeen) = ("", false);
        while (true)
        {
            var host = await pace.ReadAsync(
                token => session.Api.GetAsync(Paths.Host(name), CliJson.Default.HostView, token),
                cancellationToken
            );
            if (host.State == "Drained")
            {
                session.Output.Show(host, CliJson.Default.HostView, view => FleetSheets.Host(view, pace.Now));
                return ExitCode.Done;
            }

            // A replica that follows may show for a moment how it was before.
            if (isSeen && host.State is "Ready" or "Cordoned")
            {
                throw new CommandFailedException(
                    ExitCode.Failed,
                    $"The drain of {name} was cancelled: it is {host.State}.",
                    $"`orc journal` shows who did it."
                );
            }

            isSeen |= host.State == "Draining";
            var progress = $"{host.Id} is {host.State}{Format.Because(host.Reason)}";
            if (progress != told)
            {
                session.Output.Say($"{Format.Clock(pace.Now)}  {progress}");
                told = progress;
            }

            if (pace.IsOver)
            {
                throw new CommandFailedException(
                    ExitCode.TimedOut,
                    $"Timed out, and the drain goes on: {progress}",
                    $"Set a deadline: orc drain {name} --deadline 10m"
                );
            }

            await pace.WaitAsync(cancellationToken);
        }
    }
}
