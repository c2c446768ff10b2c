using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc plan</c>: what a change would come to, changing nothing.</summary>
internal static class PlanCommand
{
    private const string Ends =
        "Changes nothing. Ends with 0 when everything finds a place, with 7 when something does not.";

    public static Command Create(Shell shell)
    {
        var files = ApplyCommands.Files();
        files.Required = false;
        var command = new Command(
            "plan",
            $"Show what a change would place, move and stop, and what finds no room. {Ends}"
        )
        {
            files,
            CreateScale(shell),
            CreatePublish(shell),
            ForecastCommand.Create(shell),
            CreateHosts(shell, "drain", "Plan draining hosts: what moves where, instance by instance."),
            RebalanceCommand.CreatePlan(shell),
            CreateHosts(shell, "lose", "Plan losing hosts with all that they run: is there room for it elsewhere?"),
        };
        shell.AddExamples(
            command,
            "orc plan -f services/                          # what applying these would do to the fleet",
            "orc plan scale checkoutservice.prod 12         # is there room for twelve",
            "orc plan publish checkoutservice 1.1.0         # what a version takes on its way, surge included",
            "orc plan train checkoutservice                 # when its next train would arrive, and through which gates",
            "orc plan drain h2                              # where everything on h2 would go",
            "orc plan lose h1 h2                            # would we survive both",
            "orc plan scale checkoutservice.prod 12 -o json # for scripts: 7 when something finds no place"
        );
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                parsed.GetValue(files) is { Length: > 0 } names
                    ? ApplyAsync(session, names, cancellationToken)
                    : throw new CommandFailedException(
                        ExitCode.Usage,
                        "Nothing to plan is named.",
                        "Write `orc plan -f FILE`, or one of: orc plan scale|publish|train|drain|lose|rebalance. `orc plan --help` has examples."
                    )
        );
        return command;
    }

    private static Command CreateScale(Shell shell)
    {
        var name = Parts.Name("service.stage", "Service at a stage, such as checkoutservice.prod.");
        var count = Parts.Name("count", "How many instances it should have, from 1.");
        var command = new Command("scale", $"Plan another count of a service at a stage. {Ends}") { name, count };
        shell.AddExamples(command, "orc plan scale checkoutservice.prod 12");
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                ScaleAsync(session, parsed.GetRequiredValue(name), parsed.GetRequiredValue(count), cancellationToken)
        );
        return command;
    }

    private static Command CreatePublish(Shell shell)
    {
        var service = Parts.Name("service", "Service that the version is of.");
        var version = Parts.Name("version", "Semantic version, such as 1.1.0; published already or not.");
        var image = Parts.Text("--image", "NAME@DIGEST", "Image by digest. Else the one of the service's template.");
        var command = new Command(
            "publish",
            $"Plan a version's way through every stage of its line, as if judge and people agreed to it. {Ends}"
        )
        {
            service,
            version,
            image,
        };
        shell.AddExamples(command, "orc plan publish checkoutservice 1.1.0");
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
            {
                var (name, number) = (parsed.GetRequiredValue(service), parsed.GetRequiredValue(version));
                return ShowAsync(
                    session,
                    session.Api.PostAsync(
                        Paths.PlanPublish(name),
                        new PublishRequest { Version = number, Image = parsed.GetValue(image) },
                        CliJson.Default.PublishRequest,
                        CliJson.Default.PlanView,
                        cancellationToken
                    ),
                    $"orc publish {Format.Argument(name)} {Format.Argument(number)}"
                );
            }
        );
        return command;
    }

    private static Command CreateHosts(Shell shell, string verb, string description)
    {
        var hosts = new Argument<string[]>("host")
        {
            Description = "Hosts, as `orc hosts` names them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(verb, $"{description} {Ends}") { hosts };
        shell.AddExamples(command, $"orc plan {verb} h2", $"orc plan {verb} h1 h2");
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
            {
                var names = parsed.GetRequiredValue(hosts);
                return ShowAsync(
                    session,
                    session.Api.PostAsync(
                        Paths.Plan(verb),
                        new PlanHostsRequest(names),
                        CliJson.Default.PlanHostsRequest,
                        CliJson.Default.PlanView,
                        cancellationToken
                    ),
                    (verb, names) switch
                    {
                        ("drain", [var only]) => $"orc drain {Format.Argument(only)}",
                        _ => "",
                    }
                );
            }
        );
        return command;
    }

    private static async Task<int> ApplyAsync(Session session, string[] names, CancellationToken cancellationToken)
    {
        var files = await ManifestFiles.ReadAsync(names, session.Surroundings.In, cancellationToken);
        return await ShowAsync(
            session,
            session.Api.PostAsync(
                Paths.Plan("apply"),
                new ApplyRequest { Files = files },
                CliJson.Default.ApplyRequest,
                CliJson.Default.PlanView,
                cancellationToken
            ),
            $"orc diff{string.Concat(names.Select(name => $" -f {Format.Argument(name)}"))}"
        );
    }

    private static Task<int> ScaleAsync(
        Session session,
        string name,
        string countText,
        CancellationToken cancellationToken
    )
    {
        if (name.Split('.') is not [{ Length: > 0 } service, { Length: > 0 } stage])
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"'{name}' is not a service at a stage.",
                $"Write SERVICE.STAGE, such as {name.Split('.')[0]}.prod; `orc get deployments` lists them."
            );
        }

        if (!int.TryParse(countText, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"'{countText}' is not a count of instances.",
                "Write a whole number from 1: the count that there should be, not the difference."
            );
        }

        return ShowAsync(
            session,
            session.Api.PostAsync(
                Paths.Plan("scale"),
                new PlanScaleRequest(service, stage, count),
                CliJson.Default.PlanScaleRequest,
                CliJson.Default.PlanView,
                cancellationToken
            ),
            $"orc describe line {Format.Argument(service)}"
        );
    }

    /// <param name="next">What leads on once the plan is liked; empty when there is nothing.</param>
    private static async Task<int> ShowAsync(Session session, Task<PlanView> planning, string next)
    {
        var plan = await planning;
        session.Output.Show(plan, CliJson.Default.PlanView, view => PlacementSheets.Plan(view, next));
        return plan.IsPlaceable ? ExitCode.Done : ExitCode.Unplaceable;
    }
}
