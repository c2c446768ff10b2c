using System.CommandLine;
using System.CommandLine.Parsing;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc publish</c>: hands in a version, and follows it if asked to.</summary>
internal static class PublishCommand
{
    private const string UntilApproval = "approval";
    private const string UntilDone = "done";
    private const string DefaultChannel = "stable";

    public static Command Create(Shell shell)
    {
        var service = Parts.Name("service", "Service that the version is of.");
        var version = Parts.Name("version", "Semantic version, such as 1.1.0.");
        var image = Parts.Text("--image", "NAME@DIGEST", "Image by digest. Else the one of the service's template.");
        var environment = Environment();
        var channel = Channel();
        var (repository, commit) = BuildProvenance.Options();
        var wait = Parts.Flag("--wait", "Follow the version until it has arrived everywhere (0) or failed (1).");
        var until = Until();
        var timeout = Parts.Timeout("With --wait: give up after this long (5). Such as 90s, 10m, 2h.", otherwise: null);
        var command = new Command(
            "publish",
            "Hand in a version of a service; the next train of its line takes it along."
        )
        {
            service,
            version,
            image,
            environment,
            channel,
            repository,
            commit,
            wait,
            until,
            timeout,
        };
        AddExamples(shell, command);
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var variable = session.Surroundings.Variable;
                var made = BuildProvenance.Of(parsed.GetValue(repository), parsed.GetValue(commit), variable);
                var request = new PublishRequest
                {
                    Repository = made.Repository,
                    Commit = made.Commit,
                    Version = parsed.GetRequiredValue(version),
                    Channel = parsed.GetRequiredValue(channel),
                    Image = parsed.GetValue(image),
                    Environment = parsed.GetRequiredValue(environment),
                };
                var result = await PostAsync(session, parsed.GetRequiredValue(service), request, cancellationToken);
                if (!parsed.GetValue(wait))
                {
                    return Show(session, result);
                }

                var pace = new Pace(session.Surroundings.Time, session.Output, parsed.GetValue(timeout));
                var endsAtApproval = parsed.GetValue(until) == UntilApproval;
                return await FollowAsync(session, pace, result, request.Channel, endsAtApproval, cancellationToken);
            }
        );
        command.Validators.Add(result => RequireWait(result, wait, until, timeout));
        return command;
    }

    private static void AddExamples(Shell shell, Command command) =>
        shell.AddExamples(
            command,
            "orc publish checkoutservice 1.1.0",
            "orc publish checkoutservice 1.1.0 --image checkout@sha256:9f86d0… --env LOG_LEVEL=debug",
            "orc publish checkoutservice 1.1.0 --wait --until approval --timeout 30m   # for CI: 3 when it waits for a person",
            "orc publish checkoutservice 1.1.0 --wait -o json                          # progress on stderr, the end as JSON"
        );

    private static Option<IReadOnlyDictionary<string, string>> Environment() =>
        new("--env")
        {
            Description = "Environment variable of the instances; wins over the template's. May be repeated.",
            HelpName = "KEY=VALUE",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = ParseEnvironment,
            DefaultValueFactory = _ => new Dictionary<string, string>(StringComparer.Ordinal),
        };

    private static Option<string> Channel() =>
        new("--channel")
        {
            Description = "Channel; lines board versions of theirs.",
            HelpName = "NAME",
            DefaultValueFactory = _ => DefaultChannel,
        };

    private static Option<string> Until()
    {
        var until = new Option<string>("--until")
        {
            Description = "With --wait: 'approval' ends with 3 as soon as a person must decide; 'done' waits on.",
            DefaultValueFactory = _ => UntilDone,
        };
        until.AcceptOnlyFromAmong(UntilApproval, UntilDone);
        return until;
    }

    private static Dictionary<string, string>? ParseEnvironment(ArgumentResult result)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var token in result.Tokens)
        {
            if (token.Value.Split('=', 2) is not [{ Length: > 0 } key, var value])
            {
                result.AddError($"'{token.Value}' is not KEY=VALUE.");
                return null;
            }

            if (!variables.TryAdd(key, value))
            {
                result.AddError($"--env {key} is given twice.");
                return null;
            }
        }

        return variables;
    }

    private static void RequireWait(CommandResult result, Option<bool> wait, params ReadOnlySpan<Option> needsWait)
    {
        if (result.GetValue(wait))
        {
            return;
        }

        foreach (var option in needsWait)
        {
            if (result.GetResult(option) is { Implicit: false })
            {
                result.AddError($"{option.Name} needs --wait.");
            }
        }
    }

    private static Task<PublishResult> PostAsync(
        Session session,
        string service,
        PublishRequest request,
        CancellationToken cancellationToken
    ) =>
        session.Api.PostAsync(
            Paths.PublishTo(service),
            request,
            CliJson.Default.PublishRequest,
            CliJson.Default.PublishResult,
            cancellationToken
        );

    private static int Show(Session session, PublishResult result)
    {
        var now = session.Surroundings.Time.GetUtcNow();
        session.Output.Show(result, CliJson.Default.PublishResult, published => AnswerSheets.Published(published, now));
        return ExitCode.Done;
    }

    private static async Task<int> FollowAsync(
        Session session,
        Pace pace,
        PublishResult published,
        string channel,
        bool endsAtApproval,
        CancellationToken cancellationToken
    )
    {
        session.Output.Say(AnswerSheets.Outcome(published));
        var journey = await new VersionJourney(session, pace, published).FollowAsync(
            channel,
            endsAtApproval,
            cancellationToken
        );
        session.Output.Show(journey, CliJson.Default.Journey, AnswerSheets.Journey);
        return journey.Outcome switch
        {
            JourneyOutcome.Arrived => ExitCode.Done,
            JourneyOutcome.Waiting => ExitCode.WaitsForPerson,
            JourneyOutcome.TimedOut => ExitCode.TimedOut,
            _ => ExitCode.Failed,
        };
    }
}
